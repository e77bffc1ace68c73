package io.github.lightning4j.conformance;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.AttentionInputs;
import io.github.lightning4j.AttentionState;
import io.github.lightning4j.DType;
import io.github.lightning4j.FeatureMap;
import io.github.lightning4j.Layout;
import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.Slot;
import io.github.lightning4j.StatePool;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.conformance.Conversation.Piece;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** What a sequence becomes depends on its tokens and on nothing else, in bits. */
final class PoolIndependence {
    private PoolIndependence() {}

    static Stream<Law> laws() {
        Stream<Law> cuts =
                IntStream.range(0, 6)
                        .mapToObj(i ->
                                new Law(
                                        String.format(
                                                Locale.ROOT,
                                                "the state does not depend on cuts, case %d (%s)",
                                                i,
                                                Seeds.replay(PoolCase.TOPIC)),
                                        s -> cuts(s, i)));
        Stream<Law> others =
                Stream.of(
                        new Law("rows of a mixed call = each alone", PoolIndependence::mixed),
                        new Law("a row without a slot changes nothing", PoolIndependence::none),
                        new Law(
                                "bits do not depend on the number of rows",
                                PoolIndependence::batches),
                        new Law(
                                "bits do not depend on slots and their order",
                                PoolIndependence::places),
                        new Law("packed rows = rows of a batch", PoolIndependence::packing),
                        new Law("bits do not depend on threads", PoolIndependence::threads));
        return Stream.concat(cuts, others);
    }

    private static void cuts(Subject subject, int i) {
        RandomGenerator random = Seeds.random(PoolCase.TOPIC, 1000 + i);
        Problem problem =
                PoolCase.random(i)
                        .tokens(200)
                        .dims(1 + random.nextInt(70), 8 + random.nextInt(70))
                        .dtype(List.of(DType.F32, DType.BF16, DType.F16).get(i % 3))
                        .layout(Layout.values()[i % 2])
                        .scale(0.3)
                        .featureMap(FeatureMap.values()[i % 4])
                        .build();
        PoolCase.with(
                subject,
                problem.config(),
                5,
                pool -> {
                    AttentionState first = null;
                    for (int most : new int[] {200, 1, 5, 40, 40}) {
                        Conversation conversation = new Conversation(problem);
                        Slot slot = pool.acquire();
                        for (int at = 0; at < 200; ) {
                            int to = Math.min(200, at + (most == 1 ? 1 : 1 + random.nextInt(most)));
                            conversation.append(pool, slot, at, to);
                            at = to;
                        }
                        AttentionState state = pool.read(slot);
                        first = first == null ? state : first;
                        Expect.sameBits("pieces of up to " + most, state, first);
                        Expect.answers(problem, conversation.output(), state);
                    }
                });
    }

    private static void mixed(Subject subject) {
        for (Layout layout : Layout.values()) {
            int rows = PoolCase.MIXED.length;
            Problem.Builder builder = PoolCase.random(20).layout(layout).tokens(417);
            List<Conversation> all =
                    IntStream.range(0, rows)
                            .mapToObj(r -> new Conversation(builder.build()))
                            .toList();
            int[][] cuts = new int[rows][4];
            AttentionConfig config = all.getFirst().problem().config();
            PoolCase.with(
                    subject,
                    config,
                    rows,
                    pool -> {
                        Slot[] slots = PoolCase.acquire(pool, rows);
                        for (int call = 0; call < 3; call++) {
                            Piece[] pieces = new Piece[rows];
                            for (int r = 0; r < rows; r++) {
                                int from = cuts[r][call];
                                int to = from + PoolCase.MIXED[(r + call) % rows];
                                cuts[r][call + 1] = to;
                                pieces[r] = all.get(r).piece(slots[r], from, to);
                            }
                            Conversation.append(pool, pieces);
                        }
                        for (int r = 0; r < rows; r++) {
                            Conversation single = new Conversation(all.get(r).problem());
                            int end = cuts[r][3];
                            PoolCase.sameAs(
                                    pool,
                                    slots[r],
                                    all.get(r),
                                    PoolCase.alone(subject, single, cuts[r]),
                                    single,
                                    end);
                            PoolCase.answers(all.get(r), pool.read(slots[r]), end);
                        }
                    });
        }
    }

    private static void none(Subject subject) {
        List<Conversation> all = PoolCase.conversations(4, 30, 200);
        Conversation padding = new Conversation(PoolCase.random(39).tokens(200).build());
        PoolCase.with(
                subject,
                padding.problem().config(),
                4,
                pool -> {
                    Slot[] slots = PoolCase.acquire(pool, 4);
                    for (int r = 0; r < 4; r++) {
                        all.get(r).append(pool, slots[r], 0, 50 + r);
                    }
                    List<AttentionState> before = Stream.of(slots).map(pool::read).toList();
                    Conversation.append(
                            pool, padding.piece(Slot.NONE, 0, 1), padding.piece(Slot.NONE, 1, 70));
                    for (int r = 0; r < 4; r++) {
                        Expect.sameBits("slot " + r, pool.read(slots[r]), before.get(r));
                    }
                    Conversation.append(
                            pool,
                            padding.piece(Slot.NONE, 70, 100),
                            all.get(1).piece(slots[1], 51, 140),
                            padding.piece(Slot.NONE, 100, 101),
                            all.get(2).piece(slots[2], 52, 53));
                    Expect.sameBits("slot 0", pool.read(slots[0]), before.getFirst());
                    Expect.sameBits("slot 3", pool.read(slots[3]), before.getLast());
                    PoolCase.answers(all.get(1), pool.read(slots[1]), 140);
                    PoolCase.answers(all.get(2), pool.read(slots[2]), 53);
                    Tensor o = padding.output(0, 101);
                    Expect.sameBits(
                            "rows without a slot", o, Tensor.allocate(o.dtype(), o.shape()));
                });
    }

    private static void batches(Subject subject) {
        int tokens = 70;
        List<Conversation> all = PoolCase.conversations(128, 100, tokens);
        AttentionConfig config = all.getFirst().problem().config();
        PoolCase.with(
                subject,
                config,
                128,
                pool -> {
                    Slot[] slots = PoolCase.acquire(pool, 128);
                    for (int t = 0; t < tokens; t++) {
                        Piece[] pieces = new Piece[128];
                        for (int r = 0; r < 128; r++) {
                            pieces[r] = all.get(r).piece(slots[r], t, t + 1);
                        }
                        Conversation.append(pool, pieces);
                    }
                    for (int r : new int[] {0, 77, 127}) {
                        Conversation single = new Conversation(all.get(r).problem());
                        int[] cuts = IntStream.rangeClosed(0, tokens).toArray();
                        PoolCase.sameAs(
                                pool,
                                slots[r],
                                all.get(r),
                                PoolCase.alone(subject, single, cuts),
                                single,
                                tokens);
                        PoolCase.answers(all.get(r), pool.read(slots[r]), tokens);
                    }
                });
        eight(subject, all.subList(0, 8));
    }

    /** Eight rows at a time give the bits of the same rows one by one. */
    private static void eight(Subject subject, List<Conversation> of128) {
        AttentionConfig config = of128.getFirst().problem().config();
        PoolCase.with(
                subject,
                config,
                8,
                pool -> {
                    Slot[] slots = PoolCase.acquire(pool, 8);
                    for (int t = 0; t < 70; t++) {
                        Piece[] pieces = new Piece[8];
                        for (int r = 0; r < 8; r++) {
                            pieces[r] =
                                    new Conversation(of128.get(r).problem())
                                            .piece(slots[r], t, t + 1);
                        }
                        Conversation.append(pool, pieces);
                        for (int r = 0; r < 8; r++) {
                            Expect.sameBits(
                                    "8 rows and 128",
                                    pieces[r].of().output(t, t + 1),
                                    of128.get(r).output(t, t + 1));
                        }
                    }
                });
    }

    private static void places(Subject subject) {
        int[] order = {3, 0, 5, 1, 4, 2};
        List<Conversation> all = PoolCase.conversations(6, 50, 130);
        List<Conversation> again = all.stream().map(c -> new Conversation(c.problem())).toList();
        PoolCase.with(
                subject,
                all.getFirst().problem().config(),
                6,
                pool -> {
                    Slot[] slots = PoolCase.acquire(pool, 6);
                    Slot[] others = slots.clone();
                    for (int call = 0; call < 3; call++) {
                        appendAll(pool, all, slots, new int[] {0, 1, 2, 3, 4, 5}, 40 * call);
                    }
                    List<AttentionState> states = Stream.of(slots).map(pool::read).toList();
                    for (int i = 0; i < 6; i++) {
                        pool.release(slots[i]);
                    }
                    for (int i = 0; i < 6; i++) {
                        others[order[i]] = pool.acquire();
                    }
                    for (int call = 0; call < 3; call++) {
                        appendAll(pool, again, others, order, 40 * call);
                    }
                    for (int r = 0; r < 6; r++) {
                        PoolCase.sameAs(
                                pool, others[r], again.get(r), states.get(r), all.get(r), 120);
                        PoolCase.answers(again.get(r), pool.read(others[r]), 120);
                    }
                });
    }

    /** Appends 40 tokens to each, named in an order. */
    private static void appendAll(
            StatePool pool, List<Conversation> all, Slot[] slots, int[] order, int from) {
        Conversation.append(
                pool,
                IntStream.of(order)
                        .mapToObj(r -> all.get(r).piece(slots[r], from, from + 40))
                        .toArray(Piece[]::new));
    }

    private static void packing(Subject subject) {
        for (Layout layout : Layout.values()) {
            for (int n : new int[] {1, 3, 50}) {
                Problem batch = PoolCase.random(60 + n).layout(layout).batch(3).tokens(n).build();
                AttentionInputs in = batch.inputs();
                AttentionConfig config = batch.config();
                PoolCase.with(
                        subject,
                        config,
                        6,
                        pool -> {
                            Slot[] slots = PoolCase.acquire(pool, 6);
                            Slot[] rows = {slots[0], slots[1], slots[2]};
                            Tensor output = batch.newOutput();
                            pool.append(rows, in.q(), in.k(), in.v(), output);
                            for (int r = 0; r < 3; r++) {
                                Problem row =
                                        batch.with(
                                                AttentionInputs.of(
                                                        in.q().slice(0, r, r + 1),
                                                        in.k().slice(0, r, r + 1),
                                                        in.v().slice(0, r, r + 1)));
                                Conversation packed = new Conversation(row);
                                Conversation.append(
                                        pool,
                                        packed.piece(Slot.NONE, 0, n),
                                        packed.piece(slots[3 + r], 0, n));
                                Expect.sameBits(
                                        "output", output.slice(0, r, r + 1), packed.output());
                                Expect.sameBits(
                                        "state", pool.read(slots[r]), pool.read(slots[3 + r]));
                                PoolCase.answers(packed, pool.read(slots[r]), n);
                            }
                        });
            }
        }
    }

    private static void threads(Subject subject) {
        List<Conversation> all = PoolCase.conversations(7, 70, 420);
        List<AttentionState> first = new ArrayList<>();
        List<Tensor> outputs = new ArrayList<>();
        for (int threads : subject.threadCounts()) {
            AttentionConfig config = all.getFirst().problem().config();
            try (LightningAttention attention = subject.open(config, threads);
                    StatePool pool = attention.openPool(7)) {
                Slot[] slots = PoolCase.acquire(pool, 7);
                int[] at = new int[7];
                for (int call = 0; call < 6; call++) {
                    Piece[] pieces = new Piece[7];
                    for (int r = 0; r < 7; r++) {
                        int to =
                                Math.min(
                                        420,
                                        at[r] + PoolCase.MIXED[(r + call) % PoolCase.MIXED.length]);
                        pieces[r] = all.get(r).piece(slots[r], at[r], to);
                        at[r] = to;
                    }
                    Conversation.append(pool, pieces);
                }
                for (int r = 0; r < 7; r++) {
                    AttentionState state = pool.read(slots[r]);
                    Tensor output = all.get(r).output(0, at[r]);
                    if (first.size() < 7) {
                        first.add(state);
                        outputs.add(output);
                        PoolCase.answers(all.get(r), state, at[r]);
                    }
                    Expect.sameBits(threads + " threads", state, first.get(r));
                    Expect.sameBits(threads + " threads", output, outputs.get(r));
                }
            }
        }
    }
}
