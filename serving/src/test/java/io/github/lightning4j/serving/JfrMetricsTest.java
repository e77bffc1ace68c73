package io.github.lightning4j.serving;

import static org.junit.jupiter.api.Assertions.assertEquals;

import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** What services tell is in a recording. */
class JfrMetricsTest {
    @TempDir private Path folder;

    /** Netty 15742: classes of events that two threads initialise while a recording starts. */
    @Test
    @Timeout(value = 30, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void manyThreadsMayBeTheFirst() throws Exception {
        try (ExecutorService executor = Executors.newFixedThreadPool(8);
                Recording recording = new Recording()) {
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                all.add(executor.submit(() -> new JfrMetrics().waited(1, 2)));
            }
            recording.start();
            for (Future<?> each : all) {
                each.get();
            }
        }
    }

    @Test
    void everythingThatIsToldIsAnEvent() throws IOException {
        Path file = folder.resolve("recording.jfr");
        List<String> other = new ArrayList<>();
        ServiceMetrics second =
                new ServiceMetrics() {
                    @Override
                    public void batch(int layer, int calls, long tokens, long deviceNanos) {
                        other.add(layer + " " + calls + " " + tokens + " " + deviceNanos);
                    }
                };
        ServiceMetrics metrics = new AllMetrics(new JfrMetrics(), second);
        try (Recording recording = new Recording()) {
            recording.start();
            metrics.batch(1, 2, 3, 4);
            metrics.waited(5, 6);
            metrics.rejected(RejectedException.Reason.QUEUE_FULL);
            metrics.ended(AppendEndedException.Reason.DEADLINE);
            metrics.failed(1);
            metrics.parked(7);
            metrics.resumed(8);
            metrics.spilled(14);
            metrics.fetched(15);
            metrics.spillFailed(16);
            metrics.looked(9, 10);
            metrics.stored(ServiceMetrics.Tier.HOST, 11);
            metrics.evicted(ServiceMetrics.Tier.DISK, 12);
            metrics.writeFailed(13);
            recording.dump(file);
        }
        assertEquals(List.of("1 2 3 4"), other);
        List<String> events =
                RecordingFile.readAllEvents(file).stream()
                        .filter(event -> event.getEventType().getName().contains("lightning4j"))
                        .map(JfrMetricsTest::text)
                        .toList();
        assertEquals(
                List.of(
                        "Step 1 2 3 4",
                        "Wait 5 6",
                        "Refusal rejected: QUEUE_FULL",
                        "Refusal ended: DEADLINE",
                        "Refusal failed: 1 conversations are lost",
                        "Move parked 7",
                        "Move resumed 8",
                        "Move spilled 14",
                        "Move fetched 15",
                        "Move not spilled 16",
                        "Lookup 9 10",
                        "Move prefix stored: HOST 11",
                        "Move prefix dropped: DISK 12",
                        "Move prefix not written 13"),
                events);
    }

    private static String text(RecordedEvent event) {
        String name = event.getEventType().getName();
        StringBuilder text = new StringBuilder(name.substring(name.lastIndexOf('.') + 1));
        event.getFields().stream()
                .filter(field ->
                        !List.of("startTime", "duration", "eventThread", "stackTrace")
                                .contains(field.getName()))
                .forEach(field ->
                        text.append(' ').append(event.getValue(field.getName()).toString()));
        return text.toString();
    }
}
