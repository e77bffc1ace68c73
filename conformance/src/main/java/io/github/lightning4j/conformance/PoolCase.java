package io.github.lightning4j.conformance;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.AttentionState;
import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.Slot;
import io.github.lightning4j.StatePool;

import java.util.List;
import java.util.stream.IntStream;

/** What laws of pools have in common. */
final class PoolCase {
    static final String TOPIC = "pools";

    /** Lengths of a mixed call: decode beside prefill, and a row that gets nothing. */
    static final int[] MIXED = {1, 1, 57, 1, 0, 300};

    /** The most that states of 16 bits and outputs from them may be off by. */
    static final double NARROW_GATE = 2e-3;

    private PoolCase() {}

    /** A sequence that begins empty. */
    static Problem.Builder random(int index) {
        return Problem.random(Seeds.random(TOPIC, index))
                .fromEmpty()
                .tokens(300)
                .dims(20, 24)
                .slopes(0, 8, 4e-8f, 0.02f);
    }

    /** Sequences of the same configuration. */
    static List<Conversation> conversations(int count, int first, int tokens) {
        return IntStream.range(0, count)
                .mapToObj(i -> new Conversation(random(first + i).tokens(tokens).build()))
                .toList();
    }

    /** Opens a pool and closes it with its device. */
    static void with(Subject subject, AttentionConfig config, int slots, Use use) {
        try (LightningAttention attention = subject.open(config);
                StatePool pool = attention.openPool(slots)) {
            use.of(pool);
        }
    }

    /** What is done with a pool. */
    interface Use {
        /** Does it. */
        void of(StatePool pool);
    }

    /** The state after tokens that are appended alone, in a pool of its own. */
    static AttentionState alone(Subject subject, Conversation conversation, int... cuts) {
        AttentionState[] state = new AttentionState[1];
        with(
                subject,
                conversation.problem().config(),
                1,
                pool -> {
                    Slot slot = pool.acquire();
                    conversation.appendCut(pool, slot, cuts);
                    state[0] = pool.read(slot);
                });
        return state[0];
    }

    /** Slots for as many sequences. */
    static Slot[] acquire(StatePool pool, int count) {
        return IntStream.range(0, count).mapToObj(i -> pool.acquire()).toArray(Slot[]::new);
    }

    /** The first tokens of a conversation have the bits of those of another, which was alone. */
    static void sameAs(
            StatePool pool,
            Slot slot,
            Conversation conversation,
            AttentionState aloneState,
            Conversation aloneOutput,
            int tokens) {
        String what = slot + " and alone";
        Expect.sameBits(what, conversation.output(0, tokens), aloneOutput.output(0, tokens));
        Expect.sameBits(what, pool.read(slot), aloneState);
    }

    /** The first tokens of a conversation are the definition's. */
    static void answers(Conversation conversation, AttentionState state, int tokens) {
        Problem all = conversation.problem();
        Problem first = all.with(Tokens.cut(all.config(), all.inputs(), 0, tokens));
        if (tokens >= 16) {
            Expect.outputs(first, conversation.output(0, tokens));
        }
        Expect.states(first, state);
    }
}
