package io.github.lightning4j.tornado.plans;

import io.github.lightning4j.DType;
import io.github.lightning4j.PackedSequences;
import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.tornado.memory.Window;
import io.github.lightning4j.tornado.tasks.PlanKey;
import io.github.lightning4j.tornado.tasks.TaskChecks;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Locale;

/** What the tasks of an application's graph are told of their next run. */
public final class ComposedRun {
    private ComposedRun() {}

    /**
     * The table of a run.
     *
     * @param key what the tasks are compiled for
     * @param batch B, or 1 where sequences are packed
     * @param tokens N
     * @param packed their boundaries; null: B of N tokens each
     * @param slots which state is that of each sequence; none: that of its number
     */
    public static int[] table(
            PlanKey key, int batch, long tokens, @Nullable PackedSequences packed, int... slots) {
        if (batch < 1 || tokens < 0) {
            throw new IllegalArgumentException(
                    String.format(
                            Locale.ROOT,
                            "the batch is %d and its tokens %d; they must be >= 1 and >= 0",
                            batch,
                            tokens));
        }
        AttentionProblem problem =
                new AttentionProblem(key.config(), DType.F32, DType.F32, batch, tokens, packed);
        int sequences = problem.sequences();
        if (sequences > key.sequences() || batch * tokens > key.tokens()) {
            throw new IllegalArgumentException(
                    String.format(
                            Locale.ROOT,
                            "%d sequences of %,d tokens together; there is room for %d and %,d",
                            sequences,
                            batch * tokens,
                            key.sequences(),
                            key.tokens()));
        }
        Window window =
                Window.cut(problem, 0, sequences, key.tokens()).stream()
                        .findFirst()
                        .orElse(new Window(List.of(), List.of()));
        return ChunkWriter.of(
                key, problem, slots.length == 0 ? window : placed(window, key, sequences, slots));
    }

    private static Window placed(Window window, PlanKey key, int sequences, int... slots) {
        if (slots.length != sequences) {
            throw new IllegalArgumentException(
                    String.format(
                            Locale.ROOT,
                            "there are %d slots; there must be one for each of %d sequences",
                            slots.length,
                            sequences));
        }
        TaskChecks.slots(slots, key.sequences(), 0);
        return new Window(
                window.pieces().stream()
                        .map(piece ->
                                new Window.Piece(
                                        slots[piece.slot()],
                                        piece.tokens(),
                                        piece.row(),
                                        piece.headStride()))
                        .toList(),
                window.runs());
    }
}
