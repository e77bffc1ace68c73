package io.github.lightning4j.cpu;

/** Other digits. */
class ArabicLocaleTest extends LawsUnderALocale {
    ArabicLocaleTest() {
        super("ar-EG");
    }
}
