package io.github.lightning4j.models;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.InsufficientMemoryException;
import io.github.lightning4j.NoFreeSlotException;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.io.MalformedDataException;
import io.github.lightning4j.io.Safetensors;
import io.github.lightning4j.io.SafetensorsPieces;
import io.github.lightning4j.io.SafetensorsWriter;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** A conversation in a file goes on bit for bit; any other file is refused in one sentence. */
class SavedConversationsTest {
    @TempDir private Path folder;

    private static int[] ids(int from, int to) {
        int[] ids = new int[to - from];
        Arrays.setAll(ids, i -> (5 * (from + i) + (from + i) / 7) % 61);
        return ids;
    }

    private Path file() {
        return folder.resolve("chat.safetensors");
    }

    /** Around a fold, the end of a page and of the rows that are written together. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 31, 32, 33, 64, 95, 1_057})
    void whatWasSavedGoesOnBitForBit(int tokens) throws IOException {
        try (GoldenModel golden = new GoldenModel("tiny-dense");
                Conversations conversations = golden.open(1);
                Conversations others = golden.open(2)) {
            Conversation conversation = conversations.acquire();
            if (tokens > 0) {
                conversations.append(conversation, ids(0, tokens));
            }
            conversations.save(conversation, file(), 7, 8);
            others.acquire(); // so that it goes into another place
            RestoredConversation restored = others.restore(file());
            Conversation copy = restored.conversation();
            assertEquals(List.of(7, 8), restored.pending());
            assertEquals(tokens, others.tokens(copy));
            assertEquals(conversations.memory().caches(), others.memory().caches());
            for (int from = tokens; from < tokens + 70; from += 35) {
                int[] more = ids(from, from + 35);
                assertArrayEquals(
                        conversations.append(conversation, more), others.append(copy, more));
            }
            int[] one = {3};
            assertArrayEquals(conversations.append(conversation, one), others.append(copy, one));
        }
    }

    @Test
    void savingAgainReplacesTheFileAndChangesNothing() throws IOException {
        try (GoldenModel golden = new GoldenModel("tiny-moe");
                Conversations conversations = golden.open(2)) {
            Conversation conversation = conversations.acquire();
            conversations.append(conversation, ids(0, 40));
            conversations.save(conversation, file());
            byte[] first = Files.readAllBytes(file());
            conversations.save(conversation, file());
            assertArrayEquals(first, Files.readAllBytes(file()));
            Conversation copy = conversations.restore(file()).conversation();
            conversations.save(copy, file());
            assertArrayEquals(first, Files.readAllBytes(file()));
        }
    }

    private String refusal(Conversations conversations) throws IOException {
        int free = conversations.free();
        long caches = conversations.memory().caches();
        MalformedDataException refused =
                assertThrows(MalformedDataException.class, () -> conversations.restore(file()));
        assertEquals(free, conversations.free());
        assertEquals(caches, conversations.memory().caches());
        String message = String.valueOf(refused.getMessage());
        assertEquals(1, message.lines().count(), message);
        assertTrue(message.contains("chat.safetensors"), message);
        return message;
    }

    private void save(String name) throws IOException {
        try (GoldenModel golden = new GoldenModel(name);
                Conversations conversations = golden.open(1)) {
            Conversation conversation = conversations.acquire();
            conversations.append(conversation, ids(0, 50));
            conversations.save(conversation, file(), 5);
        }
    }

    /** Every byte of the data counts, and every cut; the header is looked at in steps. */
    @Test
    void aTornOrDamagedFileIsRefused() throws IOException {
        save("tiny-moe");
        byte[] whole = Files.readAllBytes(file());
        try (GoldenModel golden = new GoldenModel("tiny-moe");
                Conversations conversations = golden.open(1)) {
            for (int length : new int[] {0, 7, 8, 100, whole.length / 2, whole.length - 1}) {
                Files.write(file(), Arrays.copyOf(whole, length));
                refusal(conversations);
            }
            for (int at = 8; at < whole.length; at += 311) {
                byte[] damaged = whole.clone();
                damaged[at] ^= 4;
                Files.write(file(), damaged);
                if (!isSpace(whole[at])) {
                    refusal(conversations);
                }
            }
            Files.write(file(), whole);
            assertEquals(List.of(5), conversations.restore(file()).pending());
        }
    }

    /** Behind the header is white space up to the data, which means nothing. */
    private static boolean isSpace(byte b) {
        return b == ' ';
    }

    @Test
    void aFileOfAnotherModelIsRefused() throws IOException {
        save("tiny-dense");
        try (GoldenModel golden = new GoldenModel("tiny-moe");
                Conversations conversations = golden.open(1)) {
            String message = refusal(conversations);
            assertTrue(message.contains("was saved with another model"), message);
        }
        // The same shapes, and one weight that differs.
        WrittenModel written = new WrittenModel();
        written.load("tiny-dense");
        Tensor head = written.tensors.get("lm_head.weight");
        head.setDouble(3, head.getDouble(3) + 1);
        Path other = Files.createDirectory(folder.resolve("other"));
        written.write(other);
        try (HybridModel model = HybridModel.open(other, 1);
                Conversations conversations =
                        Conversations.open(model, ConversationOptions.of(1).withDevice("cpu"))) {
            String message = refusal(conversations);
            assertTrue(message.contains("its configuration or weights differ"), message);
        }
        // Buffers that are not used, and the order of tensors, are no part of it.
        written.tensors.clear();
        written.load("tiny-dense");
        Map<String, Tensor> sorted = new TreeMap<>(written.tensors);
        sorted.keySet().removeIf(name -> name.endsWith("_decay") || name.endsWith("slope_rate"));
        written.tensors.clear();
        written.tensors.putAll(sorted);
        written.write(other);
        try (HybridModel model = HybridModel.open(other, 1);
                Conversations conversations =
                        Conversations.open(model, ConversationOptions.of(1).withDevice("cpu"))) {
            assertEquals(50, conversations.tokens(conversations.restore(file()).conversation()));
        }
    }

    @Test
    void whatIsNoConversationIsRefused() throws IOException {
        try (GoldenModel golden = new GoldenModel("tiny-dense");
                Conversations conversations = golden.open(1)) {
            SafetensorsWriter.write(file(), Map.of(), Map.of());
            assertTrue(refusal(conversations).endsWith("is no saved conversation"));
            save("tiny-dense");
            changed("2", 50);
            assertTrue(refusal(conversations).endsWith("has version \"2\"; version 1 can be read"));
            save("tiny-dense");
            changed("1", -1);
            assertTrue(refusal(conversations).endsWith("it has no number of tokens"));
            save("tiny-dense");
            changed("1", 999_999_999_999_999_999L);
            assertTrue(refusal(conversations).contains("cannot go on here: "));
            Files.delete(file());
            assertThrows(IOException.class, () -> conversations.restore(file()));
            assertEquals(1, conversations.free());
        }
    }

    /** Another version, or number of tokens, in a file that is whole. */
    private void changed(String version, long tokens) throws IOException {
        SafetensorsPieces.Builder builder = SafetensorsPieces.builder();
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        Map<String, String> metadata;
        try (Safetensors file = Safetensors.open(file())) {
            metadata = new TreeMap<>(file.metadata());
            for (String name : file.names()) {
                Tensor copy = Tensor.allocate(file.tensor(name).dtype(), file.tensor(name).shape());
                copy.copyFrom(file.tensor(name));
                tensors.put(name, copy);
                builder.tensor(name, copy.dtype(), copy.shape());
            }
        }
        metadata.put("version", version);
        tensors.get("tokens").setDouble(0, tokens);
        try (SafetensorsPieces file = builder.metadata(metadata).checksum().open(file())) {
            for (Map.Entry<String, Tensor> tensor : tensors.entrySet()) {
                Tensor values = tensor.getValue();
                file.write(tensor.getKey(), values, new long[values.rank()]);
            }
            file.finish();
        }
    }

    @Test
    void refusalsChangeNothing() throws IOException {
        save("tiny-dense");
        try (GoldenModel golden = new GoldenModel("tiny-dense");
                Conversations small =
                        Conversations.open(
                                golden.model(),
                                ConversationOptions.of(1).withDevice("cpu").withCacheLimit(100));
                Conversations conversations = golden.open(1)) {
            assertThrows(InsufficientMemoryException.class, () -> small.restore(file()));
            assertEquals(1, small.free());
            Conversation conversation = conversations.acquire();
            assertThrows(NoFreeSlotException.class, () -> conversations.restore(file()));
            assertThrows(
                    IllegalArgumentException.class,
                    () -> conversations.save(conversation, file(), 61));
            conversations.release(conversation);
            assertThrows(
                    IllegalArgumentException.class, () -> conversations.save(conversation, file()));
            assertThrows(
                    IOException.class,
                    () ->
                            conversations.save(
                                    conversations.acquire(),
                                    folder.resolve("absent").resolve("x")));
        }
        try (Stream<Path> left = Files.list(folder)) {
            assertEquals(List.of(file()), left.toList());
        }
        assertFalse(Files.exists(folder.resolve("absent")));
    }
}
