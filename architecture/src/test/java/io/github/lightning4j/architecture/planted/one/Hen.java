package io.github.lightning4j.architecture.planted.one;

/** Needs {@link Egg} for a constant alone, which class files do not tell. */
final class Hen {
    static final int DAYS = Egg.DAYS;

    private Hen() {}
}
