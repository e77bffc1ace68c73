package io.github.lightning4j.serving;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.io.SlotFile;

import org.junit.jupiter.api.Test;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** What a store finds in its folder: whole prefixes, and never others in their place. */
class PrefixFilesTest extends PrefixFixture {
    @Test
    void whatIsStoredIsThereAfterwards() throws IOException {
        try (PrefixStore store = open()) {
            store(store, 70);
            assertThrows(IOException.class, this::open); // one store at a time
        }
        try (PrefixStore store = open()) {
            assertEquals(1, store.usage().prefixes());
            assertEquals(70, hit(store, chain(range(0, 80))).tokens());
        }
    }

    @Test
    void aDamagedFileIsSkippedWithALineInTheLog() throws Exception {
        try (PrefixStore store = open()) {
            store(store, 20);
        }
        byte[] good = Files.readAllBytes(file());
        try (PrefixStore store = open()) {
            byte[] bad = good.clone();
            bad[good.length - 40] ^= 1;
            Files.write(file(), bad);
            List<String> log =
                    LogLines.of(
                            PrefixStore.class,
                            () -> {
                                assertTrue(store.longest(chain(range(0, 30))).isEmpty());
                                assertTrue(store.longest(chain(range(0, 30))).isEmpty());
                            });
            assertEquals(1, log.size(), log::toString);
            assertTrue(log.getFirst().contains("its checksum differs"), log::toString);
            assertEquals(new PrefixUsage(0, 0, 0), store.usage());
        }
        Path torn = folder.resolve("00.prefix");
        Files.write(torn, Arrays.copyOf(good, 30));
        Path renamed = folder.resolve("ff".repeat(32) + ".prefix");
        Files.write(renamed, good);
        Path unfinished = folder.resolve(".01234567-89ab-cdef-0123-456789abcdef.part");
        Files.write(unfinished, good);
        List<String> log =
                LogLines.of(
                        PrefixFolder.class,
                        () -> {
                            try (PrefixStore store = open()) {
                                assertEquals(0, store.usage().prefixes());
                            }
                        });
        assertEquals(2, log.size(), log::toString);
        assertTrue(log.getFirst().contains("00.prefix is cut"), log::toString);
        assertTrue(log.getLast().contains("has the states of another prefix"), log::toString);
        assertFalse(Files.exists(unfinished));
    }

    /** LMCache 4984, TensorRT-LLM 18486: states that are not those of their prefix. */
    @Test
    void aWholeFileWithTheStatesOfOtherTokensIsRefused() throws Exception {
        try (PrefixStore store = open()) {
            store(store, 20);
            byte[] other = Files.readAllBytes(file());
            Path first = file();
            PrefixChain chain = chain(7, 8, 9);
            try (Conversation conversation = service.open()) {
                append(conversation, 7, 10);
                store.put(chain, conversation.snapshot());
            }
            Path second;
            try (Stream<Path> files = Files.list(folder)) {
                second =
                        files.filter(f -> f.toString().endsWith(".prefix") && !f.equals(first))
                                .findFirst()
                                .orElseThrow();
            }
            Files.write(second, other);
            List<String> log =
                    LogLines.of(
                            PrefixStore.class, () -> assertTrue(store.longest(chain).isEmpty()));
            assertTrue(
                    log.getFirst().contains("the states of other tokens or another model"),
                    log::toString);
            assertEquals(20, hit(store, chain(range(0, 20))).tokens());
        }
    }

    @Test
    void onAFullDiskAPrefixStaysInMemory() throws Exception {
        List<String> told = new ArrayList<>();
        ServiceMetrics metrics =
                new ServiceMetrics() {
                    @Override
                    public void writeFailed(long bytes) {
                        told.add("failed");
                    }
                };
        StateFolder.Access full =
                new StateFolder.Access(
                        (slots, label, target) -> {
                            throw new IOException(target + ": No space left on device");
                        },
                        SlotFile::read);
        List<String> log =
                LogLines.of(
                        PrefixStore.class,
                        () -> {
                            try (PrefixStore store =
                                    PrefixStore.open(folder, PLENTY, PLENTY, metrics, full)) {
                                store(store, 50);
                                assertEquals(50, hit(store, chain(range(0, 50))).tokens());
                                assertEquals(0, store.usage().diskBytes());
                            }
                        });
        assertEquals(List.of("failed"), told);
        assertTrue(log.getFirst().contains("No space left on device"), log::toString);
        try (PrefixStore store = open()) {
            assertEquals(0, store.usage().prefixes());
        }
    }

    /** Writes prefixes until it is killed, and tells of each that is written. */
    static final class Writes {
        private Writes() {}

        public static void main(String[] args) throws IOException {
            try (LightningAttention attention = LightningAttention.open(CONFIG, "cpu");
                    AttentionService service =
                            AttentionService.open(List.of(attention, attention), OPTIONS);
                    PrefixStore store =
                            PrefixStore.open(Path.of(args[0]), 0, 1L << 40, ServiceMetrics.NONE);
                    Conversation conversation = service.open()) {
                PrefixChain chain = PrefixChain.of("model", service);
                while (true) {
                    int n = chain.length();
                    append(conversation, n, n + 1);
                    store.put(chain.add(n), conversation.snapshot());
                    System.out.println(chain.length());
                }
            }
        }
    }

    @Test
    void whatWasWrittenBeforeAProcessIsKilledIsWholeAfterwards() throws Exception {
        Process process = OwnProcess.start(Writes.class, folder);
        int written = 0;
        try (BufferedReader lines =
                new BufferedReader(
                        new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                written = Integer.parseInt(line);
                if (written == 40) {
                    process.toHandle().destroyForcibly(); // SIGKILL
                }
            }
        }
        assertTrue(process.waitFor(30, TimeUnit.MINUTES));
        assertTrue(written >= 40, written + " were written");
        try (PrefixStore store = open();
                Conversation straight = service.open()) {
            assertTrue(store.usage().prefixes() >= written, () -> store.usage().toString());
            for (int n = 1; n <= written; n++) {
                append(straight, n - 1, n);
                PrefixHit hit = hit(store, chain(range(0, n)));
                assertEquals(n, hit.tokens());
                sameBits(n + " tokens", hit.states(), straight.snapshot());
            }
            try (Stream<Path> files = Files.list(folder)) {
                assertTrue(files.noneMatch(f -> f.toString().endsWith(".part")));
            }
        }
    }
}
