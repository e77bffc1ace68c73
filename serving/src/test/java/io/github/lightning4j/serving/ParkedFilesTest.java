package io.github.lightning4j.serving;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.Tensor;

import org.junit.jupiter.api.Test;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** A file that is not what it was loses the conversation that it is of, and no other. */
class ParkedFilesTest extends ParkingFixture {
    private List<Conversation> all = List.of();
    private Path first = Path.of("");

    /** Three conversations, of which the first two are in files. */
    private void begin() throws Exception {
        reopen(0);
        all = begin(3);
        awaitSpill();
        awaitSpill();
        first = folder.resolve("0.parked");
        assertEquals(Set.of(first, folder.resolve("1.parked")), files());
    }

    private void onlyTheFirstIsLost(String why) throws Exception {
        Conversation lost = all.getFirst();
        disk.reads.hold();
        CompletableFuture<Tensor> call = submit(lost, 1);
        CompletableFuture<Tensor> otherLayer = submit(lost, 1, 1);
        disk.reads.open();
        Throwable reason = assertInstanceOf(ConversationLostException.class, failure(call));
        String begins = "conversation " + lost.id() + " is lost: ";
        assertTrue(reason.getMessage().startsWith(begins), reason::getMessage);
        assertTrue(reason.getMessage().contains(why), reason::getMessage);
        assertInstanceOf(IOException.class, reason.getCause());
        assertInstanceOf(ConversationLostException.class, failure(otherLayer));
        assertThrows(ConversationLostException.class, () -> submit(lost, 1));
        assertThrows(ConversationLostException.class, lost::snapshot);
        assertEquals(List.of("lost"), others);
        for (Conversation each : all.subList(1, 3)) {
            submit(each, 1).get();
            assertEquals(3, each.tokens(0));
        }
        lost.close();
        assertEquals(0, service.status().waiting());
    }

    @Test
    void itIsTorn() throws Exception {
        begin();
        byte[] good = Files.readAllBytes(first);
        Files.write(first, Arrays.copyOf(good, good.length - 100));
        onlyTheFirstIsLost("0.parked is cut or damaged: its checksum differs");
    }

    @Test
    void itIsAltered() throws Exception {
        begin();
        byte[] bad = Files.readAllBytes(first);
        bad[bad.length - 40] ^= 1;
        Files.write(first, bad);
        onlyTheFirstIsLost("0.parked is cut or damaged: its checksum differs");
    }

    @Test
    void itIsGone() throws Exception {
        begin();
        Files.delete(first);
        onlyTheFirstIsLost("0.parked: there is no such file");
    }

    @Test
    void itIsAnother() throws Exception {
        begin();
        Files.write(first, Files.readAllBytes(folder.resolve("1.parked")));
        onlyTheFirstIsLost("0.parked has the states of another conversation");
    }

    @Test
    void itIsOfAServiceBefore() throws Exception {
        begin();
        byte[] before = Files.readAllBytes(first);
        begin();
        others.clear();
        Files.write(first, before);
        onlyTheFirstIsLost("0.parked has the states of another conversation");
    }

    @Test
    void whoWaitsForAControlIsTold() throws Exception {
        begin();
        Files.delete(first);
        Conversation lost = all.getFirst();
        disk.reads.hold();
        CompletableFuture<Conversation> fork = CompletableFuture.supplyAsync(lost::fork);
        disk.reads.awaitBegun();
        CompletableFuture<?> truncated = CompletableFuture.runAsync(() -> lost.truncate(0));
        disk.reads.open();
        assertInstanceOf(ConversationLostException.class, failure(fork));
        assertInstanceOf(ConversationLostException.class, failure(truncated));
        submit(all.get(1), 1).get();
    }

    /** Begins conversations until it is killed, and tells of each that is in a file. */
    static final class Begins {
        private Begins() {}

        public static void main(String[] args) {
            ServiceMetrics metrics =
                    new ServiceMetrics() {
                        @Override
                        public void spilled(long bytes) {
                            System.out.println(bytes);
                        }
                    };
            ServiceOptions options =
                    ServiceOptions.ofSlots(1)
                            .withConversations(1_000_000)
                            .withParking(Path.of(args[0]), 0);
            try (LightningAttention attention = LightningAttention.open(CONFIG, "cpu");
                    AttentionService service =
                            AttentionService.open(List.of(attention), options, metrics)) {
                while (true) {
                    service.open().append(x(1, 8), x(1, 8), x(1, 4));
                }
            }
        }
    }

    @Test
    void aProcessThatIsKilledLeavesFilesThatTheNextServiceDeletes() throws Exception {
        Process process = OwnProcess.start(Begins.class, folder);
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            for (int i = 0; i < 20; i++) {
                assertNotNull(lines.readLine());
            }
            assertThrows(UncheckedIOException.class, () -> open(parked(0), disk.access()));
            process.toHandle().destroyForcibly(); // SIGKILL
            lines.transferTo(Writer.nullWriter());
        }
        process.waitFor();
        assertTrue(files().size() >= 20);
        begin();
        for (Conversation each : all) {
            submit(each, 1).get();
        }
    }

    @Test
    void savingAllLeavesItOut() throws Exception {
        begin();
        Files.delete(first);
        List<String> log =
                LogLines.of(
                        Dispatcher.class,
                        () -> {
                            Map<Long, ?> saved = service.closeAndSave(Duration.ofDays(1));
                            Set<Long> others = new HashSet<>();
                            all.subList(1, 3).forEach(each -> others.add(each.id()));
                            assertEquals(others, saved.keySet());
                        });
        assertEquals(List.of("conversation " + all.getFirst().id() + " could not be saved"), log);
    }
}
