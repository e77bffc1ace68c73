package io.github.lightning4j.distributed;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.DType;
import io.github.lightning4j.Layout;
import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.Tensor;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/** P partitions give what the whole gives: the definition in float64 is the judge. */
class PartitionedPassesTest {
    @TempDir private Path folder;

    /** Each number of partitions once, with layouts and dtypes in turn. */
    static Stream<Arguments> shapes() {
        DType[] dtypes = {DType.F32, DType.F16, DType.BF16};
        return IntStream.rangeClosed(1, 16)
                .mapToObj(p -> Arguments.of(p, Layout.values()[p % 2], dtypes[p % 3]));
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void fromOneToSixteenPartitionsGiveTheAnswersOfTheDefinition(
            int partitions, Layout layout, DType dtype) throws Exception {
        // The last one is ragged.
        assertRight(Fixture.of(layout, dtype, 1, 64L * partitions - 27), 64);
    }

    @ParameterizedTest
    @EnumSource(Layout.class)
    void largerPartitionsGiveTheAnswersOfTheDefinition(Layout layout) throws Exception {
        for (long tokens : List.of(1024, 512, 192)) {
            assertRight(Fixture.of(layout, DType.F32, 1, 1000), tokens);
        }
    }

    @ParameterizedTest
    @EnumSource(Layout.class)
    void sequencesOfOneLengthStraddlePartitions(Layout layout) throws Exception {
        assertRight(Fixture.of(layout, DType.F32, 5, 100), 64);
        assertRight(Fixture.of(layout, DType.F32, 3, 64), 64);
        assertRight(Fixture.of(layout, DType.F32, 7, 3), 64);
    }

    @ParameterizedTest
    @EnumSource(Layout.class)
    void packedSequencesStraddlePartitions(Layout layout) throws Exception {
        assertRight(
                Fixture.packed(layout, DType.F32, 0, 100, 0, 28, 0, 300, 1, 63, 0, 64, 17, 0), 64);
        assertRight(Fixture.packed(layout, DType.F32, 0, 64, 64, 0, 0), 64);
    }

    @ParameterizedTest
    @EnumSource(Layout.class)
    void withoutAnyTokenStatesStayWhatTheyAre(Layout layout) throws Exception {
        assertRight(Fixture.packed(layout, DType.F32, 0, 0), 64);
    }

    /** Nothing of a partition is left in the next but what the last 70 tokens of it left. */
    @Test
    void tokensThatAllHeadsHaveForgottenAreNotRead() throws Exception {
        Fixture fixture = Fixture.forgetful(Layout.TOKENS_FIRST, 600);
        assertRight(fixture, 256);
        Tensor k = fixture.tensor("k");
        Tensor q = fixture.tensor("q");
        long token = Fixture.HEADS * Fixture.KEY_DIM;
        // 104/1.5 tokens at the end of partition 0, and as many at the beginning of partition 1.
        k.setDouble((256 - 70) * token - 1, Double.NaN);
        q.setDouble((256 + 70) * token, Double.NaN);
        Path path = fixture.write(Files.createTempDirectory(folder, "case"));
        try (TensorFile file = TensorFile.map(path);
                LightningAttention attention = fixture.open();
                PartitionWork work =
                        new PartitionWork(
                                AttentionJob.of(
                                        fixture.config, Direction.BACKWARD, true, file, 256),
                                attention)) {
            assertFinite(work.localState(0));
            assertFinite(work.localGradient(1));
        }
    }

    private static void assertFinite(Tensor tensor) {
        assertTrue(DoubleStream.of(tensor.toDoubleArray()).allMatch(Double::isFinite));
        assertTrue(DoubleStream.of(tensor.toDoubleArray()).anyMatch(x -> x != 0));
    }

    private void assertRight(Fixture fixture, long tokensPerPartition) throws Exception {
        for (Direction direction : Direction.values()) {
            Path own = Files.createTempDirectory(folder, "case");
            Path results = fixture.run(own, direction, tokensPerPartition);
            double worst = fixture.worst(results, direction);
            assertTrue(worst <= 1, () -> direction + " is at " + worst + " of its gate");
        }
    }

    @ParameterizedTest
    @EnumSource(Direction.class)
    void withoutStatesAtTheEndsTheyAreZerosAndNotWritten(Direction direction) throws Exception {
        Fixture fixture = Fixture.of(Layout.HEADS_FIRST, DType.F32, 1, 200);
        fixture.tensor("initial_state").segment().fill((byte) 0);
        fixture.tensor("dfinal_state").segment().fill((byte) 0);
        Path with = fixture.run(Files.createTempDirectory(folder, "with"), direction, 64);
        assertTrue(fixture.worst(with, direction) <= 1);
        Fixture without = Fixture.of(Layout.HEADS_FIRST, DType.F32, 1, 200);
        without.tensors.remove("initial_state");
        without.tensors.remove("dfinal_state");
        if (direction == Direction.FINAL_STATES) {
            without.tensors.remove("q");
        }
        Path results = without.run(Files.createTempDirectory(folder, "out"), direction, 64);
        try (TensorFile a = TensorFile.map(with);
                TensorFile b = TensorFile.map(results)) {
            // All but the fingerprints of the inputs, which differ.
            assertEquals(a.metadata().get("scale"), b.metadata().get("scale"));
            for (String name : List.of("o", "final_state", "dq", "dk", "dv", "dinitial_state")) {
                assertArrayEquals(bytes(a, name), bytes(b, name), name);
            }
        }
    }

    private static byte[] bytes(TensorFile file, String name) throws Exception {
        TensorSource source = file.find(name).orElse(null);
        if (source == null) {
            return new byte[0];
        }
        long count = LongStream.of(source.shape()).reduce(1, (a, b) -> a * b);
        byte[] bytes = new byte[(int) count * source.dtype().bytes()];
        source.read(0, MemorySegment.ofArray(bytes));
        return bytes;
    }
}
