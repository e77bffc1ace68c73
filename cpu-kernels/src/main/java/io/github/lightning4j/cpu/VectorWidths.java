package io.github.lightning4j.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.lang.constant.ConstantDescs;
import java.lang.invoke.MethodHandles;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * The vector kernels of every width this processor has.
 *
 * <p>The species must be a constant for the compiler, yet every width is to be had in one JVM:
 * {@link VectorKernels}, {@link VectorProducts}, {@link VectorTransposition} and {@link
 * VectorAttending} are defined once for each, as hidden classes with the species as class data.
 * Linked to by {@link KernelLookup} only where the Vector API is there.
 */
final class VectorWidths {
    private VectorWidths() {}

    /**
     * What a vector class is defined with.
     *
     * @param species of its vectors
     * @param products of the same species, for {@link VectorKernels}
     * @param transposition of the same species, for {@link VectorKernels}
     * @param attending of the same species, for {@link VectorKernels}
     */
    record ClassData(
            VectorSpecies<Float> species,
            @Nullable Products products,
            @Nullable Transposition transposition,
            @Nullable Attending attending) {
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
    }

    /** Kernels for each width, the widest first. */
    static List<Kernels> kernels() {
        List<Kernels> kernels = new ArrayList<>();
        for (int bits = FloatVector.SPECIES_PREFERRED.vectorBitSize(); bits >= 128; bits /= 2) {
            VectorSpecies<Float> species =
                    VectorSpecies.of(float.class, VectorShape.forBitSize(bits));
            ClassData alone = new ClassData(species, null, null, null);
            ClassData all =
                    new ClassData(
                            species,
                            (Products) define("VectorProducts.class", alone),
                            (Transposition) define("VectorTransposition.class", alone),
                            (Attending) define("VectorAttending.class", alone));
            kernels.add((Kernels) define("VectorKernels.class", all));
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
