package io.github.lightning4j.examples;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.Decay;
import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.PackedSequences;
import io.github.lightning4j.PoolOptions;
import io.github.lightning4j.Slot;
import io.github.lightning4j.StatePool;
import io.github.lightning4j.Tensor;

/**
 * Many conversations in one pool: they come and go, prefill of one goes with decode of others, and
 * draft tokens are tried and taken back.
 */
public final class Conversations {
    private static final int HEADS = 4;
    private static final int DIM = 32;

    /** As many draft tokens can be taken back at least. */
    private static final int ROLLBACK = 32;

    private static final RandomTensors RANDOM = new RandomTensors(5);

    private Conversations() {}

    /**
     * Prints how many tokens each conversation has seen, and whether drafts left a trace.
     *
     * @param args none
     */
    public static void main(String[] args) {
        AttentionConfig config =
                AttentionConfig.builder(HEADS, DIM).decay(new Decay.Alibi()).build();
        PoolOptions options = PoolOptions.DEFAULT.withRollback(ROLLBACK);
        try (LightningAttention attention = LightningAttention.open(config);
                StatePool pool = attention.openPool(4, options)) {
            Slot anna = pool.acquire();
            Slot ben = pool.acquire();
            append(pool, new Slot[] {anna, ben}, 120, 45);
            // Clara's prompt in the call in which the others get their next token.
            Slot clara = pool.acquire();
            append(pool, new Slot[] {anna, ben, clara}, 1, 1, 300);
            System.out.printf(
                    "anna %d, ben %d, clara %d tokens%n",
                    pool.tokens(anna), pool.tokens(ben), pool.tokens(clara));
            pool.release(ben);
            drafts(pool, anna);
            System.out.println("free slots: " + pool.free());
        }
    }

    /**
     * A small model guesses four tokens; the large one checks them all in one call and accepts the
     * first two. What is left is bit for bit what it would be without the others.
     */
    private static void drafts(StatePool pool, Slot conversation) {
        Slot careful = pool.copy(conversation);
        long before = pool.tokens(conversation);
        Tensor guesses = RANDOM.normal(1, HEADS, 4, DIM);
        Tensor verified = RANDOM.normal(1, HEADS, 4, DIM);
        pool.append(new Slot[] {conversation}, guesses, guesses, guesses, verified);
        int accepted = 2;
        pool.truncate(conversation, before + accepted);

        Tensor two = RANDOM.normal(1, HEADS, accepted, DIM);
        two.copyFrom(guesses, 2, 0);
        Tensor output = RANDOM.normal(1, HEADS, accepted, DIM);
        pool.append(new Slot[] {careful}, two, two, two, output);
        long difference =
                pool.read(conversation)
                        .values()
                        .segment()
                        .mismatch(pool.read(careful).values().segment());
        System.out.printf(
                "%d of %d drafts kept, %d tokens; the state %s%n",
                accepted,
                guesses.shape(2),
                pool.tokens(conversation),
                difference < 0 ? "is the same in bits" : "differs at byte " + difference);
    }

    /** Appends so many tokens to each of the slots, all in one call. */
    private static void append(StatePool pool, Slot[] slots, long... tokens) {
        PackedSequences packed = PackedSequences.ofLengths(tokens);
        long all = packed.totalTokens();
        // A model computes these from its tokens.
        Tensor q = RANDOM.normal(1, HEADS, all, DIM);
        Tensor k = RANDOM.normal(1, HEADS, all, DIM);
        Tensor v = RANDOM.normal(1, HEADS, all, DIM);
        Tensor output = RANDOM.normal(1, HEADS, all, DIM);
        pool.append(slots, packed, q, k, v, output);
    }
}
