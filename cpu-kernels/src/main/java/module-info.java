/**
 * Lightning Attention-2 on the CPU. A service of {@link io.github.lightning4j.spi.BackendProvider}:
 * programs need no type of it. All packages but this door are for the module alone.
 *
 * <p>The Vector API is an incubator module, which is resolved only if it is asked for: with {@code
 * --add-modules jdk.incubator.vector} the kernels are vectors, without it plain loops. Where {@code
 * jdk.management} is present, the JVM is asked whether it compiles vectors.
 */
module io.github.lightning4j.cpu {
    requires transitive io.github.lightning4j;
    requires static jdk.incubator.vector;
    requires static jdk.management;
    requires static org.jspecify;

    exports io.github.lightning4j.cpu;

    provides io.github.lightning4j.spi.BackendProvider with
            io.github.lightning4j.cpu.CpuBackendProvider;
}
