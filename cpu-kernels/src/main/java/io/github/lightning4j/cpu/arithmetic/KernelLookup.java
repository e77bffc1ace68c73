package io.github.lightning4j.cpu.arithmetic;

import io.github.lightning4j.spi.Availability;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The one place that decides which {@link Kernels} there are, and says why not.
 *
 * <p>The Vector API is an incubator module: without {@code --add-modules jdk.incubator.vector} it
 * is not there, and no class that mentions it is touched.
 */
public final class KernelLookup {
    private static final System.Logger LOG = System.getLogger(KernelLookup.class.getName());
    private static final String MODULE = "jdk.incubator.vector";

    private final Map<String, Kernels> kernels;
    private final Availability vector;

    private KernelLookup(Map<String, Kernels> kernels, Availability vector) {
        this.kernels = kernels;
        this.vector = vector;
    }

    private static final class Holder {
        static final KernelLookup INSTANCE = find();
    }

    /** All kernels of this JVM, looked for once. */
    public static KernelLookup instance() {
        return Holder.INSTANCE;
    }

    /** Names of the kernels that can run, the fastest first. */
    public List<String> names() {
        return List.copyOf(kernels.keySet());
    }

    /** Whether the Vector API can be used. */
    public Availability vector() {
        return vector;
    }

    /** Kernels by name: {@code vector} is the widest, {@code vector256} that width. */
    public Kernels named(String name) {
        Kernels found = kernels.get(name.equals("vector") ? names().getFirst() : name);
        return Objects.requireNonNull(found, name);
    }

    private static KernelLookup find() {
        Map<String, Kernels> kernels = new LinkedHashMap<>();
        Availability vector;
        if (ModuleLayer.boot().findModule(MODULE).isEmpty()) {
            String reason =
                    "the module %s is absent; start Java with --add-modules %s"
                            .formatted(MODULE, MODULE);
            LOG.log(System.Logger.Level.WARNING, "plain loops instead of vectors: {0}", reason);
            vector = new Availability.Unavailable(reason);
        } else {
            for (Kernels width : VectorWidths.kernels()) {
                kernels.put(width.name(), width);
            }
            vector = new Availability.Available();
        }
        Kernels scalar =
                new Kernels(
                        "scalar",
                        1,
                        new ScalarProducts(),
                        new ScalarElements(),
                        new ScalarAttending());
        kernels.put(scalar.name(), scalar);
        return new KernelLookup(kernels, vector);
    }
}
