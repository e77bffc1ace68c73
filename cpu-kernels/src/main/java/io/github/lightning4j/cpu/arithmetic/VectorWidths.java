package io.github.lightning4j.cpu.arithmetic;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

import java.io.IOException;
import java.io.InputStream;
import java.lang.constant.ConstantDescs;
import java.lang.invoke.MethodHandles;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The vector kernels of every width this processor has.
 *
 * <p>The species must be a constant for the compiler, yet every width is to be had in one JVM: the
 * classes below are defined once for each, as hidden classes with the species and what they are
 * made of as class data. Linked to by {@link KernelLookup} only where the Vector API is there.
 */
final class VectorWidths {
    private VectorWidths() {}

    /**
     * What a vector class is defined with.
     *
     * @param species of its vectors
     * @param parts what it is made of, by interface
     */
    record ClassData(VectorSpecies<Float> species, Map<Class<?>, Object> parts) {
        /** The data of the class that looks it up. */
        static ClassData of(MethodHandles.Lookup lookup) {
            try {
                return Objects.requireNonNull(
                        MethodHandles.classData(
                                lookup, ConstantDescs.DEFAULT_NAME, ClassData.class));
            } catch (IllegalAccessException e) {
                throw new ExceptionInInitializerError(e);
            }
        }

        /** The part that implements an interface. */
        <T> T part(Class<T> type) {
            return type.cast(Objects.requireNonNull(parts.get(type), type::getName));
        }
    }

    /** Kernels for each width, the widest first. */
    static List<Kernels> kernels() {
        List<Kernels> kernels = new ArrayList<>();
        for (int bits = FloatVector.SPECIES_PREFERRED.vectorBitSize(); bits >= 128; bits /= 2) {
            VectorSpecies<Float> species =
                    VectorSpecies.of(float.class, VectorShape.forBitSize(bits));
            ClassData alone = new ClassData(species, Map.of());
            Map<Class<?>, Object> sums =
                    Map.of(
                            Tiles.class,
                            define("VectorTiles.class", alone),
                            Pairs.class,
                            define("VectorPairs.class", alone));
            Map<Class<?>, Object> parts =
                    Map.of(
                            Products.class,
                            define("VectorProducts.class", new ClassData(species, sums)),
                            Scores.class,
                            define("VectorScores.class", alone),
                            Conversion.class,
                            define("VectorConversion.class", alone),
                            RowProducts.class,
                            define("VectorRowProducts.class", alone),
                            Transposition.class,
                            define("VectorTransposition.class", alone),
                            Attending.class,
                            define("VectorAttending.class", alone));
            kernels.add((Kernels) define("VectorKernels.class", new ClassData(species, parts)));
        }
        return kernels;
    }

    private static Object define(String file, ClassData data) {
        try (InputStream in = VectorWidths.class.getResourceAsStream(file)) {
            byte[] bytes = Objects.requireNonNull(in, file).readAllBytes();
            return MethodHandles.lookup()
                    .defineHiddenClassWithClassData(bytes, data, true)
                    .lookupClass()
                    .getDeclaredConstructor()
                    .newInstance();
        } catch (IOException | ReflectiveOperationException e) {
            throw new IllegalStateException("cannot define the vector kernels of " + file, e);
        }
    }
}
