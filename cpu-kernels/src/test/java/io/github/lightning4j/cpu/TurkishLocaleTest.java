package io.github.lightning4j.cpu;

/** Another small letter for I. */
class TurkishLocaleTest extends LawsUnderALocale {
    TurkishLocaleTest() {
        super("tr-TR");
    }
}
