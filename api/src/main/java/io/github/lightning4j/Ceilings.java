package io.github.lightning4j;

/**
 * The most that a device's hardware can do, as measured: its kernels stay below it.
 *
 * <p>Both rates are the best of many short trials on as many threads as the device uses, so other
 * work on the machine lowers them as it lowers everything else.
 *
 * @param flops float32 operations a second of all threads together, in fused multiply-adds that
 *     stay in registers; each counts as two operations
 * @param readBytesPerSecond bytes a second of all threads together, each reading its share of the
 *     working set again and again
 * @param workingSetBytes size of that working set: caches hold a small one, main memory a large one
 * @param threads the number of threads
 */
public record Ceilings(
        double flops, double readBytesPerSecond, long workingSetBytes, int threads) {}
