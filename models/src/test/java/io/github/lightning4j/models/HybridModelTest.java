package io.github.lightning4j.models;

import static io.github.lightning4j.models.GoldenModel.GATE;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.InsufficientMemoryException;
import io.github.lightning4j.NoFreeSlotException;
import io.github.lightning4j.models.layers.Activations;
import io.github.lightning4j.reference.RelativeError;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/** Whole models give the float64 logits and tokens, however their tokens come. */
class HybridModelTest {
    private static final Generation SIXTEEN = new Generation(16, Sampling.GREEDY, Set.of());

    private static void assertWithin(String what, double error) {
        assertTrue(error <= GATE, () -> what + " is off by " + error);
    }

    @ParameterizedTest
    @ValueSource(strings = {"tiny-dense", "tiny-moe"})
    void logitsAreTheAnswers(String name) {
        try (GoldenModel golden = new GoldenModel(name)) {
            assertWithin("logits", golden.promptError());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tiny-dense", "tiny-moe"})
    void greedyTokensAreTheAnswersAloneAndTogether(String name) {
        try (GoldenModel golden = new GoldenModel(name);
                Conversations conversations = golden.open(3)) {
            List<int[]> expected = golden.generated();
            List<Conversation> both = new ArrayList<>();
            for (int r = 0; r < 2; r++) {
                both.add(conversations.acquire());
                Conversation alone = conversations.acquire();
                assertArrayEquals(
                        expected.get(r),
                        SIXTEEN.run(conversations, alone, golden.prompts().get(r)));
                conversations.release(alone);
            }
            List<int[]> together = SIXTEEN.run(conversations, both, golden.prompts(), (_, _) -> {});
            assertArrayEquals(expected.get(0), together.get(0));
            assertArrayEquals(expected.get(1), together.get(1));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tiny-dense", "tiny-moe"})
    void logitsOfDecodingAreTheAnswers(String name) {
        try (GoldenModel golden = new GoldenModel(name);
                Conversations conversations = golden.open(1)) {
            Conversation conversation = conversations.acquire();
            int[] ids = golden.generated().get(1);
            float[] logits = conversations.append(conversation, golden.prompts().get(1));
            for (int i = 0; i < ids.length; i++) {
                assertWithin(
                        "token " + i, golden.error(logits, "expected.generated_logits", 1, i, 1));
                logits = conversations.append(conversation, ids[i]);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tiny-dense", "tiny-moe"})
    void aPromptMayBeCutAnywhere(String name) {
        try (GoldenModel golden = new GoldenModel(name);
                Conversations conversations = golden.open(1)) {
            int[] prompt = golden.prompts().getFirst();
            Conversation conversation = conversations.acquire();
            for (int cut = 1; cut < prompt.length; cut++) {
                conversations.append(conversation, Arrays.copyOf(prompt, cut));
                int[] rest = Arrays.copyOfRange(prompt, cut, prompt.length);
                Activations logits = conversations.score(List.of(conversation), List.of(rest));
                assertWithin(
                        "after a cut at " + cut,
                        golden.error(logits.values(), "expected.logits", 0, cut, rest.length));
                conversations.clear(conversation);
            }
        }
    }

    /**
     * Prompts of other lengths in one call, as a batch with padding on the left would have them.
     */
    @ParameterizedTest
    @ValueSource(strings = {"tiny-dense", "tiny-moe"})
    void conversationsOfOneCallDoNotSeeEachOther(String name) {
        try (GoldenModel golden = new GoldenModel(name);
                Conversations conversations = golden.open(3)) {
            List<int[]> prompts = golden.prompts();
            int[] whole = prompts.get(0);
            int[] head = Arrays.copyOf(prompts.get(1), 7);
            int[] one = {whole[0]};
            List<Conversation> three =
                    List.of(
                            conversations.acquire(),
                            conversations.acquire(),
                            conversations.acquire());
            Activations logits = conversations.append(three, List.of(head, whole, one));
            int width = logits.width();
            float[][] rows = new float[3][];
            Arrays.setAll(
                    rows, r -> Arrays.copyOfRange(logits.values(), r * width, (r + 1) * width));
            assertWithin("head", golden.error(rows[0], "expected.logits", 1, 6, 1));
            assertWithin("whole", golden.error(rows[1], "expected.logits", 0, whole.length - 1, 1));
            assertWithin("one", golden.error(rows[2], "expected.logits", 0, 0, 1));
            int[] tail = Arrays.copyOfRange(prompts.get(1), 7, 23);
            int[] more = Arrays.copyOfRange(whole, 1, 23);
            Activations rest =
                    conversations.score(List.of(three.get(2), three.get(0)), List.of(more, tail));
            assertWithin("more", golden.error(rest.values(), "expected.logits", 0, 1, 22));
            assertWithin(
                    "tail",
                    golden.error(
                            Arrays.copyOfRange(rest.values(), 22 * width, 38 * width),
                            "expected.logits",
                            1,
                            7,
                            16));
        }
    }

    @Test
    void aForkGoesOnAloneAndTokensThatAreTakenBackLeaveNothing() {
        try (GoldenModel golden = new GoldenModel("tiny-moe");
                Conversations conversations = golden.open(2)) {
            int[] prompt = golden.prompts().getFirst();
            int[] expected = golden.generated().getFirst();
            Conversation parent = conversations.acquire();
            conversations.append(parent, Arrays.copyOf(prompt, 22));
            Conversation child = conversations.copy(parent);
            conversations.append(child, 1, 2, 3);
            assertEquals(25, conversations.tokens(child));
            assertArrayEquals(expected, SIXTEEN.run(conversations, parent, prompt[22]));
            conversations.truncate(child, 22);
            float[] last = conversations.append(child, prompt[22]);
            assertWithin("last", golden.error(last, "expected.logits", 0, 22, 1));
            conversations.truncate(parent, conversations.earliest(parent));
            conversations.truncate(parent, 0);
            assertArrayEquals(expected, SIXTEEN.run(conversations, parent, prompt));
        }
    }

    @Test
    void whatIsReleasedIsRefusedAndItsPlaceIsEmpty() {
        try (GoldenModel golden = new GoldenModel("tiny-dense");
                Conversations conversations = golden.open(1);
                Conversations others = golden.open(1)) {
            Conversation first = conversations.acquire();
            float[] logits = conversations.append(first, 1, 2, 3);
            assertThrows(NoFreeSlotException.class, conversations::acquire);
            conversations.release(first);
            Conversation second = conversations.acquire();
            assertThrows(IllegalArgumentException.class, () -> conversations.append(first, 1));
            assertThrows(IllegalArgumentException.class, () -> others.append(second, 1));
            assertArrayEquals(logits, conversations.append(second, 1, 2, 3));
        }
    }

    @Test
    void idsBeyondTheVocabularyAreRefusedAndNothingIsAppended() {
        try (GoldenModel golden = new GoldenModel("tiny-dense");
                Conversations conversations = golden.open(1)) {
            Conversation one = conversations.acquire();
            for (int id : new int[] {-1, 61, Integer.MAX_VALUE}) {
                IllegalArgumentException refused =
                        assertThrows(
                                IllegalArgumentException.class,
                                () -> conversations.append(one, 1, id));
                assertEquals("id is " + id + "; it must be 0 ... 60", refused.getMessage());
            }
            assertThrows(IllegalArgumentException.class, () -> conversations.append(one));
            assertThrows(
                    IllegalArgumentException.class,
                    () -> conversations.append(List.of(one, one), List.of(new int[1], new int[1])));
            assertEquals(0, conversations.tokens(one));
        }
    }

    /** Softmax layers alone grow; their caches are counted before they are taken. */
    @Test
    void cachesAreCountedAndRefusedAtTheirLimit() {
        long page = 64L * 2 * 8 * 2 * Float.BYTES;
        try (GoldenModel golden = new GoldenModel("tiny-dense");
                Conversations conversations =
                        Conversations.open(
                                golden.model(),
                                ConversationOptions.of(2)
                                        .withDevice("cpu")
                                        .withThreads(1)
                                        .withCacheLimit(2 * page))) {
            Conversation one = conversations.acquire();
            ModelMemory before = conversations.memory();
            assertEquals(0, before.caches());
            assertEquals(golden.model().weightBytes(), before.weights());
            conversations.append(one, new int[64]);
            assertEquals(page, conversations.memory().caches());
            conversations.append(one, 1);
            assertEquals(2 * page, conversations.memory().caches());
            assertEquals(before.states(), conversations.memory().states());
            assertThrows(
                    InsufficientMemoryException.class,
                    () -> conversations.append(one, new int[64]));
            assertThrows(InsufficientMemoryException.class, () -> conversations.copy(one));
            assertEquals(1, conversations.free());
            assertEquals(65, conversations.tokens(one));
            conversations.append(one, 2);
            conversations.clear(one);
            assertEquals(0, conversations.memory().caches());
        }
    }

    /** More tokens than pass the layers at a time give what fewer at a time give. */
    @Test
    void longPromptsPassInParts() {
        try (GoldenModel golden = new GoldenModel("tiny-moe");
                Conversations conversations = golden.open(3)) {
            int[] ids = new int[700];
            Arrays.setAll(ids, i -> i * 7 % 61);
            List<Conversation> two = List.of(conversations.acquire(), conversations.acquire());
            int[] few = Arrays.copyOf(ids, 100);
            Activations logits = conversations.append(two, List.of(ids, few));
            Conversation third = conversations.acquire();
            float[] alone = new float[61];
            for (int from = 0; from < 700; from += 50) {
                alone = conversations.append(third, Arrays.copyOfRange(ids, from, from + 50));
                if (from == 50) {
                    assertClose(alone, Arrays.copyOfRange(logits.values(), 61, 122));
                }
            }
            assertClose(alone, Arrays.copyOf(logits.values(), 61));
        }
    }

    private static void assertClose(float[] actual, float[] expected) {
        RelativeError error = new RelativeError();
        for (int i = 0; i < actual.length; i++) {
            error.add(actual[i], expected[i]);
        }
        assertWithin("logits", error.value());
    }

    @Test
    void generationEndsAfterAStopToken() {
        try (GoldenModel golden = new GoldenModel("tiny-dense");
                Conversations conversations = golden.open(2)) {
            List<int[]> expected = golden.generated();
            int stop = expected.get(0)[5];
            Generation generation = new Generation(16, Sampling.GREEDY, Set.of(stop));
            List<Integer> told = new ArrayList<>();
            List<int[]> ids =
                    generation.run(
                            conversations,
                            List.of(conversations.acquire(), conversations.acquire()),
                            golden.prompts(),
                            (r, id) -> told.add(r * 100 + id));
            for (int r = 0; r < 2; r++) {
                int[] all = expected.get(r);
                int end = 0;
                while (end < all.length && all[end] != stop) {
                    end++;
                }
                int[] until = Arrays.copyOf(all, Math.min(all.length, end + 1));
                assertArrayEquals(until, ids.get(r));
            }
            assertEquals(ids.get(0).length + ids.get(1).length, told.size());
            assertFalse(ids.get(0).length == 16);
        }
    }

    @Test
    void loadingReadsAllWeightsOnce() {
        try (GoldenModel golden = new GoldenModel("tiny-moe")) {
            List<Long> told = new ArrayList<>();
            golden.model().load(told::add);
            assertEquals(golden.model().weightBytes(), told.getLast());
            assertEquals(told.stream().sorted().distinct().toList(), told);
        }
    }
}
