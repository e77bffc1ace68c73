package io.github.lightning4j.conformance;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.AttentionInputs;
import io.github.lightning4j.Layout;
import io.github.lightning4j.Tensor;

import java.lang.foreign.MemorySegment;

/** Runs of tokens cut out of q, k, v or o and put back, in either layout. */
final class Tokens {
    private Tokens() {}

    /** The token axis. */
    static long count(Layout layout, Tensor tensor) {
        return tensor.shape(axis(layout));
    }

    /** Tokens [from, to) of every batch and head, copied. */
    static Tensor cut(Layout layout, Tensor tensor, long from, long to) {
        long[] shape = tensor.shape();
        shape[axis(layout)] = to - from;
        Tensor part = Tensor.allocate(tensor.dtype(), shape);
        copy(layout, tensor, from, part, 0, to - from);
        return part;
    }

    /** Writes all tokens of {@code part} from token {@code at} of {@code whole}. */
    static void paste(Layout layout, Tensor part, Tensor whole, long at) {
        copy(layout, part, 0, whole, at, count(layout, part));
    }

    /** Tokens [from, to) of q, k and v, without sequences and state. */
    static AttentionInputs cut(AttentionConfig config, AttentionInputs inputs, long from, long to) {
        Layout layout = config.layout();
        return AttentionInputs.of(
                cut(layout, inputs.q(), from, to),
                cut(layout, inputs.k(), from, to),
                cut(layout, inputs.v(), from, to));
    }

    private static int axis(Layout layout) {
        return layout == Layout.HEADS_FIRST ? 2 : 1;
    }

    private static void copy(
            Layout layout, Tensor source, long from, Tensor target, long to, long tokens) {
        int axis = axis(layout);
        long row = source.dtype().bytes();
        for (int i = axis + 1; i < 4; i++) {
            row *= source.shape(i);
        }
        long runs = 1;
        for (int i = 0; i < axis; i++) {
            runs *= source.shape(i);
        }
        for (long run = 0; run < runs; run++) {
            MemorySegment.copy(
                    source.segment(),
                    (run * source.shape(axis) + from) * row,
                    target.segment(),
                    (run * target.shape(axis) + to) * row,
                    tokens * row);
        }
    }
}
