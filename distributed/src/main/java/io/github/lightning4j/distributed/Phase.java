package io.github.lightning4j.distributed;

/** The phases of a job, in their order; only those that a job needs are there. */
public enum Phase {
    /** The state that each partition leaves if it begins empty. */
    STATES,
    /** From these, the state that comes into each partition. */
    STATE_SCAN,
    /** The gradient of the state before each partition, if nothing behind it has one. */
    GRADIENTS,
    /** From these, the gradient of the state that goes out of each partition. */
    GRADIENT_SCAN,
    /** The results of each partition. */
    PARTS
}
