package io.github.lightning4j.cpu;

/** The widest vectors of this processor; with another small letter for I. */
class VectorConformanceTest extends ConformanceUnderALocale {
    VectorConformanceTest() {
        super("tr-TR");
    }

    @Override
    protected String device() {
        return "cpu:vector";
    }
}
