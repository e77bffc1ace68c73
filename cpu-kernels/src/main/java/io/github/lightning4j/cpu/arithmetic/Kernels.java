package io.github.lightning4j.cpu.arithmetic;

/**
 * The arithmetic under the passes.
 *
 * <p>There are plain loops, which anyone can read, and vectors of each width that the processor
 * has, which are fast. Each gives the same bits for the same arguments on every call and thread;
 * they differ from each other in rounding only. Stateless and thread-safe.
 *
 * @param name what {@code cpu:} device ids call it
 * @param lanes floats in a vector
 * @param products of matrices, and of rows with matrices outside the heap
 * @param elements what is done to each element or row by itself
 * @param attending what the attentions other than Lightning Attention-2 need
 */
public record Kernels(
        String name, int lanes, Products products, Elements elements, Attending attending) {}
