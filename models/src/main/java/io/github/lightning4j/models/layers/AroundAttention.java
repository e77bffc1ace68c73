package io.github.lightning4j.models.layers;

import io.github.lightning4j.AttentionConfig;

import org.jspecify.annotations.Nullable;

/**
 * What a lightning layer computes before and after attention. Immutable.
 *
 * @param compute what it is computed with
 * @param input from hidden rows to attention
 * @param config of the attention
 * @param norm of what attention gave
 * @param output its projection back
 * @param hidden features of a token
 */
record AroundAttention(
        Compute compute,
        Input input,
        AttentionConfig config,
        RmsNorm norm,
        Projection output,
        int hidden) {
    /**
     * From hidden rows to what attention reads.
     *
     * @param projection of q, k, v and what comes with them
     * @param parts where they are in its rows
     * @param siluOnQueries whether q and k are activated by SiLU
     * @param siluOnValues whether v is
     * @param norms of the heads of q and k; null for none
     * @param encoding of positions in q and k
     * @param gate its projection, whose result is activated by the logistic function; null where
     *     the gate is the fourth part, as it is
     */
    record Input(
            Projection projection,
            HeadParts parts,
            boolean siluOnQueries,
            boolean siluOnValues,
            @Nullable HeadNorms norms,
            PositionEncoding encoding,
            @Nullable Projection gate) {}

    /** Norms of the heads of queries and keys. */
    record HeadNorms(RmsNorm queries, RmsNorm keys) {}

    /** What attention reads, and what weighs its result. */
    record Entered(Activations q, Activations k, Activations v, Activations gate) {}

    /** q, k, v as they enter attention, and the gate, for tokens at some positions. */
    Entered enter(Activations x, long[] positions) {
        HeadParts parts = input.parts();
        Activations all = input.projection().apply(x);
        Activations q = parts.part(compute, all, 0);
        Activations k = parts.part(compute, all, 1);
        Activations v = parts.part(compute, all, 2);
        if (input.siluOnQueries()) {
            Gate.silu(compute, q);
            Gate.silu(compute, k);
        }
        if (input.siluOnValues()) {
            Gate.silu(compute, v);
        }
        HeadNorms norms = input.norms();
        if (norms != null) {
            q = normalised(norms.queries(), q);
            k = normalised(norms.keys(), k);
        }
        Projection projection = input.gate();
        Activations gate = projection == null ? parts.part(compute, all, 3) : projection.apply(x);
        compute.recycle(all);
        return new Entered(
                input.encoding().encode(q, positions),
                input.encoding().encode(k, positions),
                v,
                gate);
    }

    private Activations normalised(RmsNorm headNorm, Activations x) {
        Activations y = headNorm.apply(x);
        compute.recycle(x);
        return y;
    }

    /** From what attention gave to hidden rows. */
    Activations leave(Activations o, Activations gate) {
        Activations weighed = norm.apply(o);
        if (input.gate() == null) {
            Gate.multiply(compute, gate, weighed);
        } else {
            Gate.sigmoid(compute, gate, weighed);
        }
        Activations result = output.apply(weighed);
        compute.recycle(weighed);
        return result;
    }
}
