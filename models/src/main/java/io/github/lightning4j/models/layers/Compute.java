package io.github.lightning4j.models.layers;

import io.github.lightning4j.Tensor;
import io.github.lightning4j.models.arithmetic.KernelChoice;
import io.github.lightning4j.models.arithmetic.Kernels;
import io.github.lightning4j.models.arithmetic.WeightProducts;
import io.github.lightning4j.models.arithmetic.Workers;

import java.util.Locale;
import java.util.function.IntConsumer;

/**
 * What layers compute with besides attention: the threads of the CPU, and vectors where the JVM has
 * them. Thread-safe; close it after the last layer that was made with it.
 */
public final class Compute implements AutoCloseable {
    /** Elements that one thread passes over at a time. */
    private static final int CHUNK = 1 << 13;

    private final Kernels kernels;
    private final Workers workers;
    private final WeightProducts products;
    private final Buffers buffers = new Buffers();

    private Compute(Kernels kernels, int threads) {
        this.kernels = kernels;
        workers = new Workers(threads);
        products = new WeightProducts(kernels, workers);
    }

    /**
     * Starts threads as they are needed.
     *
     * @param threads the calling one included; 0 for one for each processor
     * @return what to compute with
     * @throws IllegalArgumentException if threads is negative or above 4096
     */
    public static Compute open(int threads) {
        if (threads < 0 || threads > 4096) {
            throw new IllegalArgumentException("threads is " + threads + "; it must be 0 ... 4096");
        }
        return new Compute(
                KernelChoice.best(),
                threads == 0 ? Runtime.getRuntime().availableProcessors() : threads);
    }

    /**
     * How it computes.
     *
     * @return such as {@code 512-bit vectors, 2 threads}
     */
    public String description() {
        String how =
                kernels.lanes() == 1
                        ? "plain loops"
                        : kernels.lanes() * Float.SIZE + "-bit vectors";
        return String.format(
                Locale.ROOT,
                "%s, %d %s",
                how,
                workers.threads(),
                workers.threads() == 1 ? "thread" : "threads");
    }

    Kernels kernels() {
        return kernels;
    }

    /**
     * Has the JVM compile the products before the first of them is needed, which would otherwise
     * take seconds. Only the first call of a process takes time.
     *
     * @param weight one of those that will be used
     */
    public void warmUp(Tensor weight) {
        kernels.warmUp(weight.segment());
    }

    /** x Wᵀ for each row x. */
    Activations multiply(Tensor weight, Activations x) {
        Activations y = rows(x.rows(), Math.toIntExact(weight.shape(0)));
        products.multiply(weight, x.values(), x.rows(), y.values());
        return y;
    }

    /** Rows with anything in them, all of which is to be written. */
    Activations rows(int rows, int width) {
        return new Activations(rows, width, buffers.take(Activations.size(rows, width)));
    }

    /** Some of the rows, in this order, copied. */
    Activations pick(Activations x, int[] which, int count) {
        Activations picked = rows(count, x.width());
        int width = x.width();
        forRows(
                count,
                width,
                (from, to) -> {
                    for (int i = from; i < to; i++) {
                        System.arraycopy(
                                x.values(), which[i] * width, picked.values(), i * width, width);
                    }
                });
        return picked;
    }

    /**
     * Takes rows back whose memory may be used again.
     *
     * @param rows what nobody reads any more
     */
    public void recycle(Activations... rows) {
        for (Activations each : rows) {
            buffers.giveBack(each.values());
        }
    }

    /** Runs tasks 0 … n−1 in all threads. */
    void forEach(int tasks, IntConsumer task) {
        workers.forEach(tasks, task);
    }

    /**
     * y ← α x + β y, element by element.
     *
     * @param alpha of x
     * @param x what is added
     * @param beta of y
     * @param y what is changed, as many elements
     */
    public void add(float alpha, Activations x, float beta, Activations y) {
        float[] from = x.values();
        float[] to = y.values();
        forParts(
                to.length,
                (begin, end) -> {
                    for (int i = begin; i < end; i++) {
                        to[i] = alpha * from[i] + beta * to[i];
                    }
                });
    }

    /** A pass over some elements, from one up to another. */
    interface Pass {
        void over(int from, int to);
    }

    /** Passes over n elements, in parts. */
    void forParts(int n, Pass pass) {
        workers.forEach(
                Math.ceilDiv(n, CHUNK),
                i -> pass.over(i * CHUNK, (int) Math.min(n, (i + 1L) * CHUNK)));
    }

    /** Passes over rows of a width, in parts. */
    void forRows(int rows, int width, Pass pass) {
        int part = Math.max(1, CHUNK / Math.max(1, width));
        workers.forEach(
                Math.ceilDiv(rows, part),
                i -> pass.over(i * part, (int) Math.min(rows, (i + 1L) * part)));
    }

    /** Stops the threads. */
    @Override
    public void close() {
        workers.close();
    }
}
