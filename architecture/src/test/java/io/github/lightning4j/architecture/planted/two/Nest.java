package io.github.lightning4j.architecture.planted.two;

import io.github.lightning4j.architecture.planted.one.Egg;

/** Needs a type of a package that needs this one. */
public final class Nest {
    /** In it. */
    public static final int EGGS = 12;

    private Nest() {}

    static int days() {
        return EGGS * Egg.DAYS;
    }
}
