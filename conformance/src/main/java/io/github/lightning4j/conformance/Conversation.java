package io.github.lightning4j.conformance;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.AttentionInputs;
import io.github.lightning4j.Layout;
import io.github.lightning4j.PackedSequences;
import io.github.lightning4j.Slot;
import io.github.lightning4j.StatePool;
import io.github.lightning4j.Tensor;

import java.util.Arrays;

/** A sequence of known tokens that is appended to slots of pools piece by piece. */
final class Conversation {
    private final Problem problem;
    private final Tensor output;

    /** Over a problem of one sequence. */
    Conversation(Problem problem) {
        this.problem = problem;
        output = problem.newOutput();
    }

    Problem problem() {
        return problem;
    }

    /** o of the tokens that were appended. */
    Tensor output() {
        return output;
    }

    /** o of some tokens. */
    Tensor output(int from, int to) {
        return Tokens.cut(problem.config().layout(), output, from, to);
    }

    /** Some of its tokens, for a slot. */
    Piece piece(Slot slot, int from, int to) {
        return new Piece(this, slot, from, to);
    }

    /** Appends tokens [from, to) to a slot. */
    void append(StatePool pool, Slot slot, int from, int to) {
        append(pool, piece(slot, from, to));
    }

    /** Appends the tokens between neighbouring cuts, one call each. */
    void appendCut(StatePool pool, Slot slot, int... cuts) {
        for (int i = 1; i < cuts.length; i++) {
            append(pool, slot, cuts[i - 1], cuts[i]);
        }
    }

    /**
     * Tokens [from, to) of a conversation, which a call appends to a slot.
     *
     * @param of the conversation, which gets the output
     * @param slot where they are appended
     * @param from the first
     * @param to behind the last
     */
    record Piece(Conversation of, Slot slot, int from, int to) {
        AttentionInputs tokens() {
            return Tokens.cut(of.problem.config(), of.problem.inputs(), from, to);
        }
    }

    /** Appends pieces in one call, packed one after another. */
    static void append(StatePool pool, Piece... pieces) {
        AttentionConfig config = pieces[0].of.problem.config();
        Layout layout = config.layout();
        PackedSequences packed =
                PackedSequences.ofLengths(
                        Arrays.stream(pieces).mapToLong(piece -> piece.to - piece.from).toArray());
        int n = (int) packed.totalTokens();
        AttentionInputs like = pieces[0].of.problem.inputs();
        Tensor q = tokens(layout, like.q(), n);
        Tensor k = tokens(layout, like.k(), n);
        Tensor v = tokens(layout, like.v(), n);
        Tensor o = tokens(layout, pieces[0].of.output, n);
        o.segment().fill((byte) 0xFF);
        for (int r = 0; r < pieces.length; r++) {
            AttentionInputs tokens = pieces[r].tokens();
            Tokens.paste(layout, tokens.q(), q, packed.start(r));
            Tokens.paste(layout, tokens.k(), k, packed.start(r));
            Tokens.paste(layout, tokens.v(), v, packed.start(r));
        }
        Slot[] slots = Arrays.stream(pieces).map(Piece::slot).toArray(Slot[]::new);
        pool.append(slots, packed, q, k, v, o);
        for (int r = 0; r < pieces.length; r++) {
            long start = packed.start(r);
            Tensor part = Tokens.cut(layout, o, start, start + packed.length(r));
            Tokens.paste(layout, part, pieces[r].of.output, pieces[r].from);
        }
    }

    /** A tensor with another number of tokens. */
    private static Tensor tokens(Layout layout, Tensor like, int n) {
        long[] shape = like.shape();
        shape[layout.tokenAxis()] = n;
        return Tensor.allocate(like.dtype(), shape);
    }
}
