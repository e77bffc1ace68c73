package io.github.lightning4j.tornado.plans;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.DType;
import io.github.lightning4j.Layout;
import io.github.lightning4j.PackedSequences;
import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.tornado.kernels.ChunkTable;
import io.github.lightning4j.tornado.memory.Window;
import io.github.lightning4j.tornado.tasks.PlanKey;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;

/** Windows and their tables: each row of a problem is in one chunk once, in order. */
class ChunkWriterTest {
    private static final int HEADS = 3;

    private static AttentionConfig config(Layout layout) {
        return AttentionConfig.builder(HEADS, 8).layout(layout).build();
    }

    private static PlanKey key(AttentionConfig config, int sequences, int tokens, int atOnce) {
        return new PlanKey(config, DType.F32, sequences, tokens, atOnce);
    }

    /** Follows the table as a kernel does; returns the tokens of each sequence. */
    private static List<Long> follow(PlanKey key, AttentionProblem problem, int[] table, Window w) {
        BitSet rows = new BitSet();
        long all = w.pieces().stream().mapToLong(p -> Math.ceilDiv(p.tokens(), 64)).sum();
        int most = key.segmentChunks(all);
        List<Long> lengths = new ArrayList<>();
        int chunksSeen = 0;
        for (int r = 0; r < key.sequences(); r++) {
            int sequence = key.sequencesAt() + r * ChunkTable.SEQUENCE_FIELDS;
            int first = table[sequence + ChunkTable.FIRST_SEGMENT];
            int segments = table[sequence + ChunkTable.SEGMENT_COUNT];
            long tokens = 0;
            assertTrue(first + segments <= key.segments(), "segments " + (first + segments));
            for (int s = first; s < first + segments; s++) {
                int segment = key.segmentsAt() + s * ChunkTable.SEGMENT_FIELDS;
                int chunks = table[segment + ChunkTable.CHUNK_COUNT];
                assertTrue(chunks >= 1 && chunks <= most, "chunks " + chunks);
                for (int j = 0; j < chunks; j++) {
                    int c = table[segment + ChunkTable.FIRST_CHUNK] + j;
                    int chunk = ChunkTable.CHUNKS + c * ChunkTable.CHUNK_FIELDS;
                    int n = table[chunk + ChunkTable.TOKENS];
                    boolean last = s == first + segments - 1 && j == chunks - 1;
                    assertTrue(last ? n >= 1 && n <= 64 : n == 64, "tokens " + n);
                    assertEquals(s, table[chunk + ChunkTable.SEGMENT]);
                    assertEquals(j, table[chunk + ChunkTable.BEFORE]);
                    assertEquals(s - first, table[chunk + ChunkTable.EARLIER]);
                    if (j == chunks - 1) {
                        assertEquals(n, table[segment + ChunkTable.LAST_TOKENS]);
                        assertEquals(0, table[chunk + ChunkTable.AFTER]);
                    } else {
                        assertEquals(
                                table[segment + ChunkTable.LAST_TOKENS],
                                table[chunk + ChunkTable.AFTER]);
                    }
                    assertEquals(Math.max(0, chunks - 2 - j), table[chunk + ChunkTable.BETWEEN]);
                    for (int h = 0; h < HEADS; h++) {
                        for (int t = 0; t < n; t++) {
                            int row =
                                    table[chunk + ChunkTable.ROW]
                                            + h * table[chunk + ChunkTable.HEAD_STRIDE]
                                            + t * table[ChunkTable.TOKEN_STRIDE];
                            assertTrue(row < key.rows(), "row " + row);
                            assertTrue(!rows.get(row), "row twice: " + row);
                            rows.set(row);
                        }
                    }
                    tokens += n;
                    chunksSeen++;
                }
            }
            lengths.add(tokens);
        }
        assertTrue(chunksSeen <= key.chunks());
        assertEquals(chunksSeen, table[ChunkTable.USED]);
        assertEquals(w.runs().stream().mapToLong(Window.Run::rows).sum(), rows.cardinality());
        return lengths;
    }

    @ParameterizedTest
    @EnumSource(Layout.class)
    void wholeProblems(Layout layout) {
        AttentionConfig config = config(layout);
        AttentionProblem problem = new AttentionProblem(config, DType.F32, DType.F32, 2, 200, null);
        PlanKey key = key(config, 2, PlanKey.bucket(400), 512);
        List<Window> windows = Window.cut(problem, 0, 2, key.tokens());
        assertEquals(1, windows.size());
        int[] table = ChunkWriter.of(key, problem, windows.getFirst());
        assertEquals(List.of(200L, 200L), follow(key, problem, table, windows.getFirst()));
    }

    @ParameterizedTest
    @CsvSource({"HEADS_FIRST, 64", "HEADS_FIRST, 100", "TOKENS_FIRST, 16", "TOKENS_FIRST, 333"})
    void windowsTakeEveryTokenOnce(Layout layout, int most) {
        AttentionConfig config = config(layout);
        long[] lengths = {5, 0, 1, 300, 64, 129};
        PackedSequences packed = PackedSequences.ofLengths(lengths);
        AttentionProblem problem =
                new AttentionProblem(config, DType.F32, DType.F32, 1, 499, packed);
        PlanKey key = key(config, 8, most, 6);
        long[] seen = new long[lengths.length];
        BitSet sources = new BitSet();
        for (Window window : Window.cut(problem, 0, lengths.length, most)) {
            int[] table = ChunkWriter.of(key, problem, window);
            List<Long> tokens = follow(key, problem, table, window);
            for (int r = 0; r < seen.length; r++) {
                seen[r] += tokens.get(r);
            }
            for (Window.Run run : window.runs()) {
                int from = Math.toIntExact(run.source());
                int to = Math.toIntExact(run.source() + run.rows());
                assertEquals(to, sources.nextClearBit(to - 1) == to - 1 ? to : -1);
                sources.set(from, to);
            }
        }
        assertEquals(499 * HEADS, sources.cardinality());
        for (int r = 0; r < lengths.length; r++) {
            assertEquals(lengths[r], seen[r], "sequence " + r);
        }
    }

    /**
     * Any cut of any number of tokens that a plan has room for, into as many segments as it has.
     */
    @ParameterizedTest
    @CsvSource({"1", "6", "132", "198", "396", "512"})
    void segmentsOfAnyRunFitItsPlan(int atOnce) {
        Random random = new Random(atOnce);
        AttentionConfig config = config(Layout.TOKENS_FIRST);
        for (int i = 0; i < 100; i++) {
            int most = 1 + random.nextInt(i % 3 == 0 ? 60_000 : 3_000);
            int sequences = 1 << random.nextInt(5);
            long[] lengths = new long[1 + random.nextInt(sequences)];
            int left = i % 2 == 0 ? most : 1 + random.nextInt(most);
            for (int r = 0; r < lengths.length; r++) {
                lengths[r] = r == lengths.length - 1 ? left : random.nextInt(left + 1);
                left -= Math.toIntExact(lengths[r]);
            }
            PackedSequences packed = PackedSequences.ofLengths(lengths);
            AttentionProblem problem =
                    new AttentionProblem(
                            config, DType.F32, DType.F32, 1, packed.totalTokens(), packed);
            PlanKey key = key(config, sequences, most, atOnce);
            Window window = Window.cut(problem, 0, lengths.length, most).getFirst();
            int[] table = ChunkWriter.of(key, problem, window);
            List<Long> tokens = follow(key, problem, table, window);
            for (int r = 0; r < lengths.length; r++) {
                assertEquals(lengths[r], tokens.get(r), "sequence " + r);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"1", "16", "17", "100", "4097", "1048577", "123456789"})
    void bucketsWasteAnEighthAtMost(long tokens) {
        int bucket = PlanKey.bucket(tokens);
        assertTrue(bucket >= tokens, "bucket " + bucket);
        assertTrue(bucket <= Math.max(16, tokens + tokens / 8 + 1), "bucket " + bucket);
        assertEquals(bucket, PlanKey.bucket(bucket));
    }
}
