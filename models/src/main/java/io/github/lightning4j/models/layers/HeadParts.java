package io.github.lightning4j.models.layers;

/**
 * How one row holds queries, keys, values and what else was projected with them.
 *
 * @param order which of heads and parts is the outer one
 * @param parts 3, or 4 where a gate comes with them
 * @param heads H
 * @param dim D
 */
record HeadParts(Order order, int parts, int heads, int dim) {
    enum Order {
        /** q, k and v of head 0, then those of head 1: MiniMax. */
        BY_HEAD,
        /** All q, then all k, then all v: Ring, TransNormerLLM. */
        BY_PART
    }

    /** Elements of a part of a row. */
    int inner() {
        return heads * dim;
    }

    /** One of the parts, [n, H · D], new. */
    Activations part(Compute compute, Activations all, int part) {
        Activations result = compute.rows(all.rows(), inner());
        compute.forRows(
                all.rows(),
                inner(),
                (from, to) -> {
                    for (int row = from; row < to; row++) {
                        copy(all, part, result, row);
                    }
                });
        return result;
    }

    private void copy(Activations all, int part, Activations result, int row) {
        for (int h = 0; h < heads; h++) {
            int block = order == Order.BY_HEAD ? h * parts + part : part * heads + h;
            System.arraycopy(
                    all.values(),
                    row * all.width() + block * dim,
                    result.values(),
                    row * inner() + h * dim,
                    dim);
        }
    }
}
