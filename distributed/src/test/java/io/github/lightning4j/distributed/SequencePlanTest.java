package io.github.lightning4j.distributed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.PackedSequences;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

class SequencePlanTest {
    @Test
    void everyTokenOfEverySequenceIsInOneSegmentInOrder() {
        Random random = new Random(1);
        for (int round = 0; round < 300; round++) {
            long[] lengths = new long[1 + random.nextInt(9)];
            for (int r = 0; r < lengths.length; r++) {
                // Empty ones, ones that end with a partition, and long ones.
                lengths[r] = random.nextInt(3) * 64L + random.nextInt(3) * random.nextInt(99);
            }
            check(SequencePlan.of(PackedSequences.ofLengths(lengths), 64), lengths);
        }
    }

    private static void check(SequencePlan plan, long[] lengths) {
        int sequence = 0;
        long token = 0;
        boolean within = false;
        List<Integer> ended = new ArrayList<>();
        for (int p = 0; p < plan.partitions(); p++) {
            assertEquals(within, plan.comesIn(p));
            assertEquals(p * 64L, plan.from(p));
            List<Segment> segments = plan.segments(p);
            for (Segment segment : segments) {
                assertEquals(sequence, segment.sequence());
                assertEquals(token, segment.from());
                assertEquals(!within, segment.begins());
                assertEquals(plan.start(sequence), segment.begins() ? token : plan.start(sequence));
                token = segment.to();
                within = !segment.ends();
                assertEquals(segment.ends(), token == plan.start(sequence) + lengths[sequence]);
                if (segment.ends()) {
                    ended.add(sequence++);
                }
            }
            assertEquals(plan.to(p), token);
            assertEquals(within, plan.goesOn(p));
        }
        assertEquals(plan.totalTokens(), token);
        assertEquals(lengths.length, ended.size());
    }

    @Test
    void sequencesWithoutTokensHaveOnePartition() {
        SequencePlan plan = SequencePlan.of(3, 0, 64);
        assertEquals(1, plan.partitions());
        assertEquals(3, plan.segments(0).size());
        assertTrue(plan.segments(0).stream().allMatch(s -> s.begins() && s.ends()));
    }

    @Test
    void equalSequencesArePackedOneAfterAnother() {
        SequencePlan plan = SequencePlan.of(3, 100, 128);
        check(SequencePlan.of(3, 100, 64), new long[] {100, 100, 100});
        assertEquals(
                List.of(new Segment(0, 0, 100, true, true), new Segment(1, 100, 128, true, false)),
                plan.segments(0));
        assertEquals(
                List.of(
                        new Segment(1, 128, 200, false, true),
                        new Segment(2, 200, 256, true, false)),
                plan.segments(1));
    }

    @Test
    void partitionsAreMultiplesOfTheGrain() {
        for (long tokens : new long[] {-64, 0, 1, 63, 65, 100}) {
            IllegalArgumentException e =
                    assertThrows(
                            IllegalArgumentException.class, () -> SequencePlan.of(1, 1000, tokens));
            assertTrue(
                    String.valueOf(e.getMessage()).contains("it must be a multiple of 64"),
                    e.getMessage());
        }
        assertThrows(IllegalArgumentException.class, () -> SequencePlan.of(1, Long.MAX_VALUE, 64));
        assertThrows(
                IllegalArgumentException.class, () -> SequencePlan.of(4, Long.MAX_VALUE / 2, 64));
        assertThrows(IndexOutOfBoundsException.class, () -> SequencePlan.of(1, 64, 64).segments(1));
    }
}
