package io.github.lightning4j.serving;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.PoolOptions;
import io.github.lightning4j.SlotSnapshot;
import io.github.lightning4j.Tensor;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** What begins from a stored prefix goes on as if its tokens had been appended. */
class PrefixStoreTest extends PrefixFixture {
    /** SGLang 29973 33450, vLLM 53912: at every length, not at those of a grid alone. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aHitOfAnyLengthGoesOnInBits(boolean onDisk) throws IOException {
        try (PrefixStore store =
                onDisk ? open() : PrefixStore.inMemory(PLENTY, ServiceMetrics.NONE)) {
            int[] lengths = {1, 31, 32, 33, 63, 64, 65, 127, 129, 193};
            for (int n : lengths) {
                store(store, n);
            }
            Conversation straight = service.open();
            int at = 0;
            for (int n : lengths) {
                append(straight, at, n);
                at = n;
                PrefixHit hit = hit(store, chain(range(0, n)).add(-1));
                assertEquals(n, hit.tokens());
                try (Conversation resumed = service.open(hit.states());
                        Conversation twin = straight.fork()) {
                    assertEquals(n, resumed.tokens());
                    for (int cut : new int[] {1, 8, 40}) {
                        sameBits(
                                n + " tokens and " + cut,
                                append(resumed, n, n + cut),
                                append(twin, n, n + cut));
                    }
                    sameBits(n + " tokens", resumed.snapshot(), twin.snapshot());
                }
            }
        }
    }

    /** vLLM 53912 45614: drafts after a hit, taken back, leave no trace. */
    @Test
    void draftsAfterAHitLeaveNoTrace() throws IOException {
        try (PrefixStore store = open();
                Conversation straight = service.open()) {
            store(store, 45);
            append(straight, 0, 45);
            try (Conversation resumed = service.open(hit(store, chain(range(0, 45))).states())) {
                append(resumed, 500, 507);
                resumed.truncate(45);
                sameBits("after drafts", resumed.snapshot(), straight.snapshot());
                append(resumed, 500, 503);
                resumed.truncate(47); // two of the three are accepted
                append(straight, 500, 502);
                sameBits("what follows", append(resumed, 45, 90), append(straight, 45, 90));
                sameBits("what follows", resumed.snapshot(), straight.snapshot());
            }
        }
    }

    @Test
    void theLongestPrefixOfTheSameTokensAndModelIsFound() throws IOException {
        try (PrefixStore store = open()) {
            for (int n : new int[] {0, 5, 40, 41}) {
                store(store, n);
            }
            assertEquals(41, hit(store, chain(range(0, 100))).tokens());
            assertEquals(40, hit(store, chain(range(0, 40))).tokens());
            assertEquals(5, hit(store, chain(range(0, 39))).tokens());
            PrefixChain other = chain(range(0, 5)).add(7).add(range(6, 50));
            assertEquals(5, hit(store, other).tokens());
            assertEquals(0, hit(store, chain(1, 2)).tokens());
            PrefixChain model = PrefixChain.of("other", service).add(range(0, 100));
            assertTrue(store.longest(model).isEmpty());
            for (ServiceOptions options :
                    List.of(
                            OPTIONS.withPool(PoolOptions.DEFAULT.withStateBits(16)),
                            OPTIONS.withPool(PoolOptions.DEFAULT.withSeed(1)))) {
                PrefixChain chain = PrefixChain.of("model", layers, options).add(range(0, 100));
                assertTrue(store.longest(chain).isEmpty());
            }
            PrefixChain less =
                    PrefixChain.of("model", List.of(attention), OPTIONS).add(range(0, 100));
            assertTrue(store.longest(less).isEmpty());
        }
    }

    @Test
    void hashesTellTokensAndTheirOrderApart() {
        assertEquals(chain(1, 2, 3).toString(), chain(1).add(2, 3).toString());
        assertNotEquals(chain(1, 2).toString(), chain(2, 1).toString());
        assertNotEquals(chain(1).toString(), chain(1).add(new byte[0]).toString());
        PrefixChain chain = chain(range(0, 200));
        PrefixChain copy = chain.copy().add(9);
        assertEquals(200, chain.length());
        assertEquals(chain(range(0, 200)).add(9).toString(), copy.toString());
    }

    @Test
    void statesOfAnotherLengthAreRefused() throws IOException {
        try (PrefixStore store = open();
                Conversation conversation = service.open()) {
            append(conversation, 0, 3);
            assertEquals(
                    "the state of layer 0 has 3 tokens; the chain has 2",
                    assertThrows(
                                    IllegalArgumentException.class,
                                    () -> store.put(chain(0, 1), conversation.snapshot()))
                            .getMessage());
            assertEquals(new PrefixUsage(0, 0, 0), store.usage());
        }
    }

    /** MNN 4495: decode overwrote the prefix on disk. */
    @Test
    void whatGoesOnFromAPrefixDoesNotChangeIt() throws IOException {
        try (PrefixStore store = open()) {
            store(store, 45);
            byte[] before = Files.readAllBytes(file());
            PrefixHit hit = hit(store, chain(range(0, 45)));
            try (Conversation one = service.open(hit.states());
                    Conversation other = service.open(hit.states())) {
                Tensor first = append(one, 45, 60);
                for (int i = 0; i < 10; i++) {
                    append(one, i, i + 1);
                }
                sameBits("another", append(other, 45, 60), first);
            }
            assertEquals(-1, Arrays.mismatch(before, Files.readAllBytes(file())));
        }
    }

    @Test
    void budgetsHoldAndTheLeastValuableGoesFirst() throws IOException {
        long one = memory(96); // as much for every multiple of 32 tokens
        try (PrefixStore store = PrefixStore.inMemory(3 * one, ServiceMetrics.NONE)) {
            store(store, 96);
            store(store, 32);
            store(store, 64);
            assertEquals(3, store.usage().prefixes());
            hit(store, chain(range(0, 32)));
            // Then 96 tokens are worth 96/5, 32 are worth 32/2, and 64 are worth 64/3.
            store(store, 128);
            PrefixUsage usage = store.usage();
            assertTrue(usage.hostBytes() <= 3 * one, usage::toString);
            assertEquals(3, usage.prefixes());
            assertEquals(128, hit(store, chain(range(0, 130))).tokens());
            assertEquals(96, hit(store, chain(range(0, 96))).tokens());
            assertEquals(64, hit(store, chain(range(0, 64))).tokens());
            assertTrue(store.longest(chain(range(0, 63))).isEmpty(), "32 tokens are the least");
        }
        try (PrefixStore store = open(0, 1)) {
            store(store, 10);
            assertEquals(new PrefixUsage(0, 0, 0), store.usage());
            try (Stream<Path> files = Files.list(folder)) {
                assertTrue(files.noneMatch(f -> f.toString().endsWith(".prefix")));
            }
        }
    }

    private long memory(int tokens) {
        try (Conversation conversation = service.open()) {
            append(conversation, 0, tokens);
            return conversation.snapshot().stream().mapToLong(SlotSnapshot::bytes).sum();
        }
    }
}
