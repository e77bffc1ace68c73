package io.github.lightning4j.cpu.arithmetic;

import io.github.lightning4j.spi.Availability;

import java.lang.System.Logger.Level;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The one place that decides which {@link Kernels} there are and which are the best, and says why.
 *
 * <p>The Vector API is an incubator module: without {@code --add-modules jdk.incubator.vector} it
 * is missing, and no class that mentions it is loaded. Where it is present but the JVM would make
 * it slow, plain loops come first, and vectors are used only when they are asked for by name.
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

    /** The kernels that can run, the fastest first. */
    public Collection<Kernels> kernels() {
        return Collections.unmodifiableCollection(kernels.values());
    }

    /** The kernels that are used when none are asked for by name. */
    public Kernels best() {
        return kernels.values().iterator().next();
    }

    /** Whether the Vector API can be used. */
    public Availability vector() {
        return vector;
    }

    /** Whether the best kernels use vectors, or why plain loops are better. */
    public Availability preference() {
        return vector instanceof Availability.Unavailable || best().lanes() > 1
                ? vector
                : new Availability.Unavailable(Jvm.current().slowness().orElseThrow());
    }

    /** Kernels by name: {@code vector} is the widest, {@code vector256} that width. */
    public Optional<Kernels> named(String name) {
        return name.equals("vector")
                ? kernels.values().stream().filter(k -> k.lanes() > 1).findFirst()
                : Optional.ofNullable(kernels.get(name));
    }

    /** Whether its classes are there: a program may have loaded the module after its start. */
    private static boolean isPresent() {
        try {
            Class.forName(MODULE + ".Vector", false, KernelLookup.class.getClassLoader());
            return true;
        } catch (ClassNotFoundException e) {
            return false;
        }
    }

    private static KernelLookup find() {
        Kernels scalar =
                new Kernels(
                        "scalar",
                        1,
                        new ScalarProducts(),
                        new ScalarElements(),
                        new ScalarAttending());
        if (!isPresent()) {
            String reason =
                    String.format(
                            Locale.ROOT,
                            "the module %s is absent; start Java with --add-modules %s",
                            MODULE,
                            MODULE);
            LOG.log(Level.WARNING, "plain loops instead of vectors: {0}", reason);
            return new KernelLookup(
                    Map.of(scalar.name(), scalar), new Availability.Unavailable(reason));
        }
        Map<String, Kernels> kernels = new LinkedHashMap<>();
        Optional<String> slowness = Jvm.current().slowness();
        if (slowness.isPresent()) {
            LOG.log(Level.INFO, "plain loops instead of vectors: {0}", slowness.get());
            kernels.put(scalar.name(), scalar);
        }
        for (Kernels width : VectorWidths.kernels()) {
            kernels.put(width.name(), width);
        }
        kernels.putIfAbsent(scalar.name(), scalar);
        KernelLookup lookup = new KernelLookup(kernels, new Availability.Available());
        if (slowness.isEmpty()) {
            LOG.log(
                    Level.INFO,
                    "vectors of {0} bits",
                    Integer.toString(lookup.best().lanes() * Float.SIZE));
        }
        return lookup;
    }
}
