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
import java.util.Objects;

/**
 * The vector kernels of every width this processor has.
 *
 * <p>The species must be a constant for the compiler, yet one JVM offers every width: the vector
 * classes are defined once for each, as hidden classes with the species and their parts as class
 * data. {@link KernelLookup} links to this class only where the Vector API is present.
 */
final class VectorWidths {
    private static final int MOST_COLUMNS = 4;

    private VectorWidths() {}

    /**
     * What a vector class is defined with.
     *
     * @param species of its vectors
     * @param columns of a tile, in vectors; 0 for other classes
     * @param adjacent whether a tile is for an A whose rows are adjacent floats
     * @param parts the objects that it uses
     */
    record ClassData(VectorSpecies<Float> species, int columns, boolean adjacent, List<?> parts) {
        /** The data of a class that is not a tile and has no parts. */
        ClassData(VectorSpecies<Float> species) {
            this(species, 0, false, List.of());
        }

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

        /** The tile that is {@code columns} vectors wide. */
        Tile tile(int columns, boolean adjacent) {
            return (Tile) parts.get(adjacent ? MOST_COLUMNS + columns : columns);
        }

        /** What transposes. */
        Transposition transposition() {
            return (Transposition) parts.getFirst();
        }

        /** The products of rows with matrices outside the heap. */
        RowProducts rowProducts() {
            return (RowProducts) parts.getLast();
        }

        /** The sums of two products. */
        Sums sums() {
            return (Sums) parts.getFirst();
        }
    }

    /** Kernels for each width, the widest first. */
    static List<Kernels> kernels() {
        List<Kernels> kernels = new ArrayList<>();
        for (int bits = FloatVector.SPECIES_PREFERRED.vectorBitSize(); bits >= 128; bits /= 2) {
            VectorSpecies<Float> species =
                    VectorSpecies.of(float.class, VectorShape.forBitSize(bits));
            ClassData alone = new ClassData(species);
            List<Object> parts = new ArrayList<>();
            parts.add(define("VectorSums.class", alone));
            for (boolean adjacent : new boolean[] {false, true}) {
                for (int columns = 1; columns <= MOST_COLUMNS; columns++) {
                    ClassData tile = new ClassData(species, columns, adjacent, List.of());
                    parts.add(define("VectorTile.class", tile));
                }
            }
            parts.add(define("VectorRowProducts.class", alone));
            kernels.add(
                    new Kernels(
                            "vector" + bits,
                            species.length(),
                            (Products)
                                    define(
                                            "VectorProducts.class",
                                            new ClassData(species, 0, false, parts)),
                            (Elements)
                                    define(
                                            "VectorElements.class",
                                            new ClassData(
                                                    species,
                                                    0,
                                                    false,
                                                    List.of(
                                                            define(
                                                                    "VectorTransposition.class",
                                                                    alone)))),
                            (Attending) define("VectorAttending.class", alone)));
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
