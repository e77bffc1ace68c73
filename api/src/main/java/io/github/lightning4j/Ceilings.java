package io.github.lightning4j;

/**
 * What a device's hardware does at most, as measured: the roof that its kernels stay under.
 *
 * <p>Both are the best of many short trials on as many threads as the device uses, so other work on
 * the machine lowers them as it lowers everything else.
 *
 * @param flops float32 operations a second of fused multiply-adds that stay in registers, two
 *     operations each, of all threads together
 * @param readBytesPerSecond bytes a second of all threads together, each reading its share of the
 *     working set again and again
 * @param workingSetBytes size of that working set: caches hold a small one, main memory a large one
 * @param threads how many
 */
public record Ceilings(
        double flops, double readBytesPerSecond, long workingSetBytes, int threads) {}
