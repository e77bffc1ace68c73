package io.github.lightning4j.serving;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.AttentionInputs;
import io.github.lightning4j.Decay;
import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.SlotSnapshot;
import io.github.lightning4j.Tensor;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** A service of two layers, and stores of its prefixes in a folder. */
abstract class PrefixFixture {
    static final AttentionConfig CONFIG =
            AttentionConfig.builder(2, 6, 8).decay(new Decay.Slopes(0, 0.3f)).scale(0.5).build();
    static final ServiceOptions OPTIONS = ServiceOptions.ofSlots(4).withSteps(8, 64, 4);
    static final long PLENTY = 1 << 26;

    @TempDir Path folder;

    final LightningAttention attention = LightningAttention.open(CONFIG, "cpu");
    final List<LightningAttention> layers = List.of(attention, attention);
    final AttentionService service = AttentionService.open(layers, OPTIONS);

    @AfterEach
    void close() {
        service.close();
        attention.close();
    }

    PrefixChain chain(int... tokens) {
        return PrefixChain.of("model", service).add(tokens);
    }

    static int[] range(int from, int to) {
        return IntStream.range(from, to).toArray();
    }

    /** Appends tokens to all layers; the output of the last one. */
    static Tensor append(Conversation to, int from, int until) {
        List<Long> tokens = IntStream.range(from, until).mapToObj(i -> (long) i).toList();
        AttentionInputs in = TokenStream.inputs(CONFIG, tokens);
        to.append(0, in.q(), in.k(), in.v());
        return to.append(1, in.q(), in.k(), in.v());
    }

    void store(PrefixStore store, int tokens) {
        try (Conversation conversation = service.open()) {
            if (tokens > 0) {
                append(conversation, 0, tokens);
            }
            store.put(chain(range(0, tokens)), conversation.snapshot());
        }
    }

    PrefixStore open() throws IOException {
        return open(0, PLENTY);
    }

    PrefixStore open(long host, long disk) throws IOException {
        return PrefixStore.open(folder, host, disk, ServiceMetrics.NONE);
    }

    static PrefixHit hit(PrefixStore store, PrefixChain chain) {
        return store.longest(chain).orElseThrow();
    }

    static void sameBits(String what, Tensor one, Tensor other) {
        assertEquals(-1, one.segment().mismatch(other.segment()), what);
    }

    static void sameBits(String what, List<SlotSnapshot> one, List<SlotSnapshot> other) {
        assertEquals(one.size(), other.size(), what);
        for (int layer = 0; layer < one.size(); layer++) {
            SlotSnapshot a = one.get(layer);
            SlotSnapshot b = other.get(layer);
            assertEquals(a.tokens(), b.tokens(), what);
            sameBits(what, a.folded().values(), b.folded().values());
            sameBits(what, a.keys(), b.keys());
            sameBits(what, a.values(), b.values());
        }
    }

    /** The first file of a prefix. */
    Path file() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(f -> f.toString().endsWith(".prefix")).findFirst().orElseThrow();
        }
    }
}
