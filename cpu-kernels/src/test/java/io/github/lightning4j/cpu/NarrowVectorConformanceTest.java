package io.github.lightning4j.cpu;

/** The narrowest vectors of this processor: other tiles, other tails. */
class NarrowVectorConformanceTest extends FurtherWidth {
    @Override
    protected String device() {
        return "cpu:vector128";
    }
}
