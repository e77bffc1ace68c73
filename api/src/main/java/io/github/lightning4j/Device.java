package io.github.lightning4j;

/**
 * One place where attention can run.
 *
 * @param id what {@link LightningAttention.Builder#device(String)} and {@code --device} take, such
 *     as {@code cpu}, {@code cpu:scalar} or {@code tornado:opencl:0}
 * @param name the hardware or implementation in words
 * @param kind what sort of processor it is
 * @param description details worth showing: threads, vector width, memory, driver
 */
public record Device(String id, String name, Kind kind, String description) {
    /** Sorts of processors. */
    public enum Kind {
        /** A general-purpose processor. */
        CPU,
        /** A graphics processor. */
        GPU,
        /** Anything else. */
        ACCELERATOR
    }
}
