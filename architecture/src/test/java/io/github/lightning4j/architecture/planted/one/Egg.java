package io.github.lightning4j.architecture.planted.one;

import io.github.lightning4j.architecture.planted.two.Nest;

/** Needs {@link Hen}, and a package that needs this one. */
public final class Egg {
    /** Until it hatches. */
    public static final int DAYS = 21;

    private Egg() {}

    static int hens() {
        return Nest.EGGS * Hen.DAYS;
    }
}
