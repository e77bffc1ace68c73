package io.github.lightning4j.models;

import io.github.lightning4j.DType;
import io.github.lightning4j.Tensor;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * The slopes that a checkpoint holds of one layer, beside those of the conventions. Immutable.
 *
 * @param layer l, from 0
 * @param dtype of the buffer
 * @param precision the narrowest type that holds all of them: a type narrower than F32 means that
 *     they were rounded
 * @param values [H]
 * @param distances how far each convention is from them, that of the worst head: |a − b| / max(|a|,
 *     |b|), 1 where a slope is no finite number
 * @param roundedDistances the same once the convention is rounded to the precision
 */
public record LayerSlopes(
        int layer,
        DType dtype,
        DType precision,
        List<Float> values,
        Map<DecayConvention, Double> distances,
        Map<DecayConvention, Double> roundedDistances) {
    /** Copies the lists. */
    public LayerSlopes {
        values = List.copyOf(values);
        distances = Collections.unmodifiableMap(new EnumMap<>(distances));
        roundedDistances = Collections.unmodifiableMap(new EnumMap<>(roundedDistances));
    }

    /** Compares a buffer of as many elements as there are heads. */
    static LayerSlopes of(int layer, int layers, Tensor buffer) {
        int heads = (int) buffer.size();
        double[] found = new double[heads];
        List<Float> values = new ArrayList<>();
        for (int h = 0; h < heads; h++) {
            found[h] = buffer.getDouble(h);
            values.add((float) found[h]);
        }
        DType precision = precision(found);
        Map<DecayConvention, Double> distances = new EnumMap<>(DecayConvention.class);
        Map<DecayConvention, Double> rounded = new EnumMap<>(DecayConvention.class);
        for (DecayConvention convention : DecayConvention.values()) {
            float[] slopes = convention.slopes(layer, layers, heads);
            distances.put(convention, distance(found, slopes));
            rounded.put(convention, distance(found, rounded(slopes, precision)));
        }
        return new LayerSlopes(layer, buffer.dtype(), precision, values, distances, rounded);
    }

    /**
     * How far a convention is from them.
     *
     * @param convention any
     * @return the distance of the worst head
     */
    public double distance(DecayConvention convention) {
        return distances.getOrDefault(convention, 1.0);
    }

    /**
     * Whether these are the slopes of a convention, up to rounding.
     *
     * @param convention any
     * @return whether they are, as far as their precision can tell
     */
    public boolean fit(DecayConvention convention) {
        // A step of the type, because frameworks round on the way, too.
        double most =
                switch (precision) {
                    case BF16 -> 1.0 / 128;
                    case F16 -> 1.0 / 1024;
                    default -> 1e-5;
                };
        return roundedDistances.getOrDefault(convention, 1.0) <= most;
    }

    private static DType precision(double[] values) {
        float[] floats = new float[values.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) values[i];
        }
        for (DType narrow : List.of(DType.BF16, DType.F16)) {
            float[] back = rounded(floats, narrow);
            boolean same = true;
            for (int i = 0; i < values.length; i++) {
                same &= back[i] == values[i];
            }
            if (same) {
                return narrow;
            }
        }
        return DType.F32;
    }

    private static float[] rounded(float[] values, DType dtype) {
        Tensor tensor = Tensor.allocate(dtype, values.length);
        for (int i = 0; i < values.length; i++) {
            tensor.setDouble(i, values[i]);
        }
        return tensor.toFloatArray();
    }

    private static double distance(double[] found, float[] slopes) {
        double worst = 0;
        for (int h = 0; h < found.length; h++) {
            double larger = Math.max(Math.abs(found[h]), Math.abs(slopes[h]));
            double distance = larger == 0 ? 0 : Math.abs(found[h] - slopes[h]) / larger;
            worst = Math.max(worst, Double.isFinite(distance) ? distance : 1);
        }
        return worst;
    }
}
