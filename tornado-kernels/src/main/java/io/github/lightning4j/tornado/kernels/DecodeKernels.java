package io.github.lightning4j.tornado.kernels;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * One token for every sequence: {@code S ← λ S + φ(k)ᵀ v} and {@code o = c · φ(q) S}, with one read
 * and one write of the state.
 *
 * <p>{@code in} holds q and k [R, H, D] and v [R, H, E], {@code out} o [R, H, E]. {@code slots} [R]
 * says which of the states in {@code state} [.., H, D, E] is that of a row; −1: none, and its o is
 * 0. {@code receipts} counts the steps and holds the group size of the last and its seal of the
 * powers of λ.
 */
public final class DecodeKernels {
    /**
     * Threads of a group: {@value #PARTS} parts of a column of the state for each of its columns.
     */
    public static final int THREADS = 512;

    /** Columns of a group. */
    public static final int COLUMNS = 32;

    /** In the receipts: how many steps there were. */
    public static final int STEPS = 0;

    /** The group size of the last step; 0 for loops. */
    public static final int GROUP = 1;

    /** The seal of its powers of λ. */
    public static final int DECAY = 2;

    /** The number of receipts. */
    public static final int RECEIPTS = 3;

    private static final int PARTS = THREADS / COLUMNS;

    /** Numbers of the state that a thread loads before it uses the first. */
    private static final int AT_ONCE = 8;

    private DecodeKernels() {}

    /** For any device: one thread for each column of a state. */
    public static void loops(
            FloatArray in,
            FloatArray decay,
            FloatArray state,
            FloatArray out,
            IntArray receipts,
            int streams,
            int heads,
            int keyDim,
            int valueDim,
            int featureMap,
            float scale,
            IntArray slots) {
        for (@Parallel int stream = 0; stream < streams; stream++) {
            for (@Parallel int e = 0; e < valueDim; e++) {
                int keysAt = streams * keyDim;
                int valuesAt = 2 * keysAt;
                if (stream == 0 && e == 0) {
                    receipts.set(STEPS, receipts.get(STEPS) + 1);
                    receipts.set(DECAY, (int) decay.get(heads * DecayTable.STRIDE));
                }
                int fades = stream % heads * DecayTable.STRIDE + 1;
                float fade = decay.get(fades + DecayTable.FADE);
                float keep = decay.get(fades + DecayTable.KEEP);
                float v = in.get(valuesAt + stream * valueDim + e);
                float o = 0f;
                int slot = slots.get(stream / heads);
                int home = slot * heads + stream % heads;
                int dims = slot < 0 ? 0 : keyDim;
                for (int d = 0; d < dims; d++) {
                    float q = FeatureKernels.phi(in.get(stream * keyDim + d), featureMap);
                    float k = FeatureKernels.phi(in.get(keysAt + stream * keyDim + d), featureMap);
                    int at = (home * keyDim + d) * valueDim + e;
                    float s = state.get(at);
                    s = keep * s + (fade * s + k * v);
                    state.set(at, s);
                    o += q * s;
                }
                out.set(stream * valueDim + e, scale * o);
            }
        }
    }

    /** For GPUs. Groups: R × H × ⌈E/{@value #COLUMNS}⌉, the last fastest. */
    public static void tiled(
            KernelContext context,
            FloatArray in,
            FloatArray decay,
            FloatArray state,
            FloatArray out,
            IntArray receipts,
            int streams,
            int heads,
            int keyDim,
            int valueDim,
            int featureMap,
            float scale,
            IntArray slots) {
        int thread = context.localIdx;
        int group = context.groupIdx;
        int tiles = (valueDim + COLUMNS - 1) / COLUMNS;
        int stream = group / tiles;
        int e = (group % tiles) * COLUMNS + thread % COLUMNS;
        int part = thread / COLUMNS;
        int keysAt = streams * keyDim;
        int valuesAt = 2 * keysAt;
        if (group == 0 && thread == 0) {
            receipts.set(STEPS, receipts.get(STEPS) + 1);
            receipts.set(GROUP, context.localGroupSizeX);
            receipts.set(DECAY, (int) decay.get(heads * DecayTable.STRIDE));
        }
        float[] sums = context.allocateFloatLocalArray(THREADS);
        float[] s = new float[AT_ONCE];
        float[] q = new float[AT_ONCE];
        float[] k = new float[AT_ONCE];
        int fades = stream % heads * DecayTable.STRIDE + 1;
        float fade = decay.get(fades + DecayTable.FADE);
        float keep = decay.get(fades + DecayTable.KEEP);
        int column = TornadoMath.min(e, valueDim - 1);
        float v = in.get(valuesAt + stream * valueDim + column);
        float o = 0f;
        int slot = slots.get(stream / heads);
        int home = TornadoMath.max(slot, 0) * heads + stream % heads;
        for (int d0 = part; d0 < keyDim; d0 += PARTS * AT_ONCE) {
            for (int i = 0; i < AT_ONCE; i++) {
                int d = TornadoMath.min(d0 + i * PARTS, keyDim - 1);
                s[i] = state.get((home * keyDim + d) * valueDim + column);
                q[i] = in.get(stream * keyDim + d);
                k[i] = in.get(keysAt + stream * keyDim + d);
            }
            for (int i = 0; i < AT_ONCE; i++) {
                int d = d0 + i * PARTS;
                if (d < keyDim && e < valueDim && slot >= 0) {
                    float next =
                            keep * s[i] + (fade * s[i] + FeatureKernels.phi(k[i], featureMap) * v);
                    state.set((home * keyDim + d) * valueDim + e, next);
                    o += FeatureKernels.phi(q[i], featureMap) * next;
                }
            }
        }
        sums[thread] = o;
        context.localBarrier();
        if (part == 0 && e < valueDim) {
            float sum = 0f;
            for (int i = 0; i < PARTS; i++) {
                sum += sums[i * COLUMNS + thread];
            }
            out.set(stream * valueDim + e, scale * sum);
        }
    }
}
