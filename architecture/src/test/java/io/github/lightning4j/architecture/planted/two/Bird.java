package io.github.lightning4j.architecture.planted.two;

/** The head of a sealed hierarchy in several files, which is no circle. */
sealed interface Bird permits Duck {
    /** The one there is. */
    static Bird any() {
        return new Duck();
    }
}
