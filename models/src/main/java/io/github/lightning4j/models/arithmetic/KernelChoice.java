package io.github.lightning4j.models.arithmetic;

/**
 * Which {@link Kernels} suit this JVM. The Vector API is an incubator module: where it is missing,
 * no class that mentions it is loaded. Where it is present and the JVM has no C2 to compile it,
 * each vector would be an object, and plain loops are faster.
 */
public final class KernelChoice {
    private static final String VECTOR = "jdk.incubator.vector.Vector";

    /** Four sums are folded into quarters of a vector. */
    private static final int LEAST_LANES = 4;

    private KernelChoice() {}

    private static final class Holder {
        static final Kernels BEST = choose();

        private static Kernels choose() {
            if (!isPresent() || !compilesVectors()) {
                return new ScalarKernels();
            }
            Kernels kernels = vectors();
            if (kernels.lanes() < LEAST_LANES) {
                return new ScalarKernels();
            }
            return kernels;
        }
    }

    /** The fastest kernels. */
    public static Kernels best() {
        return Holder.BEST;
    }

    /** Kernels on the Vector API, which must be present. */
    static Kernels vectors() {
        return new VectorKernels();
    }

    /** Whether the module is there: a program may have loaded it after its start. */
    static boolean isPresent() {
        try {
            Class.forName(VECTOR, false, KernelChoice.class.getClassLoader());
            return true;
        } catch (ClassNotFoundException e) {
            return false;
        }
    }

    private static boolean compilesVectors() {
        String info = System.getProperty("java.vm.info", "");
        return System.getProperty("java.vm.name", "").contains("Server VM")
                && !info.contains("interpreted mode")
                && !info.contains("emulated-client");
    }
}
