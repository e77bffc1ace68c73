package io.github.lightning4j.distributed;

/** Which pass a job computes. */
public enum Direction {
    /** Outputs, and final states where they are wanted. */
    FORWARD,
    /** Gradients of q, k and v, and of initial states where they are wanted. */
    BACKWARD,
    /** Final states alone, from k and v. */
    FINAL_STATES
}
