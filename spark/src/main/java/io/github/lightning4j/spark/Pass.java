package io.github.lightning4j.spark;

import io.github.lightning4j.LightningAttention;

import java.io.Serializable;

/**
 * What is computed from an element of a data set, on an executor.
 *
 * @param <T> what elements are
 * @param <R> what comes out; Spark serializes it
 */
@FunctionalInterface
public interface Pass<T, R> extends Serializable {
    /**
     * Computes one.
     *
     * @param attention open on the executor's device, for all its tasks; it is not to be closed
     * @param element one of the data set
     * @return what comes out
     * @throws Exception if it cannot be computed; Spark tries again
     */
    R of(LightningAttention attention, T element) throws Exception;
}
