package io.github.lightning4j.models.checkpoints;

/** More than any model has: beyond these a configuration is damaged or hostile. */
final class Limits {
    static final int LAYERS = 10_000;
    static final int FEATURES = 1 << 20;
    static final int HEADS = 1 << 14;
    static final int EXPERTS = 1 << 16;
    static final int IDS = 1 << 24;

    /** A hostile configuration shall not make an endless list of names. */
    static final int EXPERTS_IN_ALL = 1 << 20;

    private Limits() {}
}
