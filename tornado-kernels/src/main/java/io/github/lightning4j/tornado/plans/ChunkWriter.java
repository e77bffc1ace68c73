package io.github.lightning4j.tornado.plans;

import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.tornado.kernels.ChunkTable;
import io.github.lightning4j.tornado.memory.Window;
import io.github.lightning4j.tornado.tasks.PlanKey;

import uk.ac.manchester.tornado.api.types.arrays.IntArray;

import java.lang.foreign.MemorySegment;

/** Writes the {@link ChunkTable} of a window. */
public final class ChunkWriter {
    private final int[] ints;
    private final int segmentsAt;
    private final int sequencesAt;
    private final int segmentChunks;
    private int chunks;
    private int segments;

    private ChunkWriter(PlanKey key, Window window) {
        ints = new int[key.tableSize()];
        segmentsAt = key.segmentsAt();
        sequencesAt = key.sequencesAt();
        long all = 0;
        for (Window.Piece piece : window.pieces()) {
            all += Math.ceilDiv(piece.tokens(), ChunkTable.CHUNK);
        }
        segmentChunks = key.segmentChunks(all);
    }

    /** The table of a window over a problem. */
    public static int[] of(PlanKey key, AttentionProblem problem, Window window) {
        ChunkWriter table = new ChunkWriter(key, window);
        table.ints[ChunkTable.TOKEN_STRIDE] = Math.toIntExact(window.tokenStride(problem));
        for (Window.Piece piece : window.pieces()) {
            table.add(piece);
        }
        table.ints[ChunkTable.USED] = table.chunks;
        return table.ints;
    }

    /**
     * Puts a table into the array that is copied to the device, with the ticket of the next run.
     */
    public static void write(int[] entries, int ticket, IntArray table) {
        MemorySegment.copy(
                MemorySegment.ofArray(entries),
                0,
                table.getSegment(),
                0,
                (long) entries.length * Integer.BYTES);
        table.set(ChunkTable.TICKET, ticket);
    }

    private void add(Window.Piece piece) {
        int sequence = sequencesAt + piece.slot() * ChunkTable.SEQUENCE_FIELDS;
        ints[sequence + ChunkTable.FIRST_SEGMENT] = segments;
        int before = 0;
        for (long t = 0; t < piece.tokens(); t += ChunkTable.CHUNK) {
            int tokens = (int) Math.min(ChunkTable.CHUNK, piece.tokens() - t);
            int segment = segmentsAt + segments * ChunkTable.SEGMENT_FIELDS;
            if (before == 0) {
                ints[segment + ChunkTable.FIRST_CHUNK] = chunks;
            }
            int chunk = ChunkTable.CHUNKS + chunks * ChunkTable.CHUNK_FIELDS;
            ints[chunk + ChunkTable.ROW] =
                    Math.toIntExact(piece.row() + t * ints[ChunkTable.TOKEN_STRIDE]);
            ints[chunk + ChunkTable.TOKENS] = tokens;
            ints[chunk + ChunkTable.HEAD_STRIDE] = Math.toIntExact(piece.headStride());
            ints[chunk + ChunkTable.SEGMENT] = segments;
            ints[chunk + ChunkTable.BEFORE] = before;
            ints[chunk + ChunkTable.EARLIER] = segments - ints[sequence + ChunkTable.FIRST_SEGMENT];
            chunks++;
            before++;
            ints[segment + ChunkTable.CHUNK_COUNT] = before;
            ints[segment + ChunkTable.LAST_TOKENS] = tokens;
            if (before == segmentChunks || t + ChunkTable.CHUNK >= piece.tokens()) {
                for (int i = 1; i < before; i++) {
                    int earlier = chunk - i * ChunkTable.CHUNK_FIELDS;
                    ints[earlier + ChunkTable.BETWEEN] = i - 1;
                    ints[earlier + ChunkTable.AFTER] = tokens;
                }
                segments++;
                before = 0;
            }
        }
        ints[sequence + ChunkTable.SEGMENT_COUNT] =
                segments - ints[sequence + ChunkTable.FIRST_SEGMENT];
    }
}
