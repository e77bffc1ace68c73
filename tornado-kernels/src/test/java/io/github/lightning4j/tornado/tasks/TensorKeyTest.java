package io.github.lightning4j.tornado.tasks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.DType;
import io.github.lightning4j.FeatureMap;
import io.github.lightning4j.tornado.kernels.Direction;
import io.github.lightning4j.tornado.kernels.KernelFamily;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.stream.LongStream;

/** What tensor cores take, and the sentence that says why not. */
class TensorKeyTest {
    private static AttentionConfig config(int keyDim, int valueDim) {
        return AttentionConfig.builder(4, keyDim, valueDim).build();
    }

    @ParameterizedTest
    @CsvSource({"64, 64", "128, 128", "4, 128", "72, 40"})
    void multiplesOfFourUpTo128AreTaken(int keyDim, int valueDim) {
        for (DType type : new DType[] {DType.F16, DType.BF16}) {
            assertEquals("", TensorKey.hindrance(config(keyDim, valueDim), type, type));
        }
    }

    @ParameterizedTest
    @CsvSource({"130, 64", "64, 132", "66, 64", "64, 2"})
    void otherSizesAreNamed(int keyDim, int valueDim) {
        assertEquals(
                "D is "
                        + keyDim
                        + " and E is "
                        + valueDim
                        + "; on tensor cores they are multiples of 4 up to 128",
                TensorKey.hindrance(config(keyDim, valueDim), DType.BF16, DType.BF16));
    }

    @Test
    void otherTypesAndFeatureMapsAreNamed() {
        AttentionConfig config = config(64, 64);
        assertEquals(
                "q, k and v are F32; tensor cores take F16 and BF16",
                TensorKey.hindrance(config, DType.F32, DType.F32));
        assertEquals(
                "outputs are F32; on tensor cores they have the dtype of q, k and v, F16",
                TensorKey.hindrance(config, DType.F16, DType.F32));
        assertEquals(
                "the feature map is SILU; on tensor cores it is IDENTITY",
                TensorKey.hindrance(
                        AttentionConfig.builder(4, 64).featureMap(FeatureMap.SILU).build(),
                        DType.F16,
                        DType.F16));
    }

    @Test
    void aPlanServesOnlyItsKind() {
        PlanKey pass = new PlanKey(config(64, 64), DType.BF16, 1, 1024, 8);
        TensorKey key = new TensorKey(pass, 1);
        assertTrue(key.serves(new TensorKey(pass, 1)));
        assertFalse(key.serves(pass));
        assertFalse(pass.serves(key));
        TensorBackwardKey backward = new TensorBackwardKey(pass, 1);
        assertTrue(backward.serves(new TensorBackwardKey(pass, 1)));
        assertFalse(backward.serves(key));
        assertFalse(key.serves(backward));
        assertFalse(key.serves(new TensorKey(pass, 2)));
        assertFalse(backward.serves(new TensorBackwardKey(pass, 2)));
    }

    /** Those of states are apart from those of gradients, and from whole passes. */
    @Test
    void aPlanOfStatesServesOneDirection() {
        PlanKey pass = new PlanKey(config(64, 64), DType.BF16, 1, 1024, 8);
        TensorStateKey states = new TensorStateKey(pass, Direction.FORWARD, 2);
        assertTrue(states.serves(new TensorStateKey(pass, Direction.FORWARD, 2)));
        assertFalse(states.serves(new TensorStateKey(pass, Direction.BACKWARD, 2)));
        assertFalse(states.serves(new TensorStateKey(pass, Direction.FORWARD, 3)));
        assertFalse(states.serves(new TensorKey(pass, 2)));
        assertFalse(new TensorKey(pass, 2).serves(states));
    }

    /** Two tensors, the states, and those of pieces, of which there is one at least. */
    @Test
    void bytesOfStatesAloneAreThoseOfItsArrays() {
        PlanKey pass = new PlanKey(config(64, 128), DType.BF16, 2, 1024, 8);
        for (int pieces : new int[] {2, 5}) {
            TensorStateKey key = new TensorStateKey(pass, Direction.FORWARD, pieces);
            long longs = key.longs(64) + key.longs(128);
            long states = pass.stateElements() + pieces * 4L * 64 * 128;
            assertEquals(longs * Long.BYTES + states * Float.BYTES, key.bytes(KernelFamily.TILED));
        }
    }

    /** As many pieces as groups fit, of 512 tokens or more; none where it is not twice as many. */
    @ParameterizedTest
    @CsvSource({
        "1, 1048576, 66",
        "1, 1024, 2",
        "1, 1023, 1",
        "1, 4096, 8",
        "32, 1048576, 66",
        "64, 1048576, 64"
    })
    void longSequencesOfFewHeadsAreCut(int sequences, long tokens, int pieces) {
        assertEquals(pieces, TensorShape.pieces(config(64, 64), sequences, tokens, 264));
    }

    /** Every token is in a piece, and no more pieces are used than there is room for. */
    @Test
    void piecesSuffice() {
        long[][] sequences = {{4096}, {1, 2, 3000}, {700, 700, 700, 700}, {0, 0, 100_000}, {1}, {}};
        for (long[] lengths : sequences) {
            for (int pieces : new int[] {5, 8, 66}) {
                TensorKey key =
                        new TensorKey(new PlanKey(config(64, 64), DType.BF16, 4, 1024, 8), pieces);
                long most = key.pieceTokens(lengths);
                assertEquals(0, most % 64);
                assertTrue(most >= TensorShape.PIECE);
                assertTrue(count(lengths, most) <= pieces);
                assertTrue(most == TensorShape.PIECE || count(lengths, most - 64) > pieces);
            }
        }
    }

    private static long count(long[] lengths, long most) {
        return LongStream.of(lengths).map(length -> Math.ceilDiv(length, most)).sum();
    }

    /** q, k, v and o in 16 bits, and the states three times. */
    @Test
    void bytesAreThoseOfItsArrays() {
        PlanKey pass = new PlanKey(config(64, 128), DType.BF16, 2, 1024, 8);
        TensorKey key = new TensorKey(pass, 2);
        long rows = 4 * 1024;
        long longs = 2L * key.longs(64) + 2L * key.longs(128);
        assertTrue(longs * Long.BYTES >= rows * (2 * 64 + 2 * 128) * Short.BYTES);
        assertEquals(
                longs * Long.BYTES + 3L * pass.stateElements() * Float.BYTES,
                key.bytes(KernelFamily.TILED));
    }

    /** dO and three gradients more, and q, k and dO once more where they are values too. */
    @Test
    void bytesOfABackwardPassAreThoseOfItsArrays() {
        long states = 3L * 2 * 4 * 64 * 128 * Float.BYTES;
        for (DType type : new DType[] {DType.BF16, DType.F16}) {
            TensorBackwardKey key =
                    new TensorBackwardKey(new PlanKey(config(64, 128), type, 2, 1024, 8), 2);
            long longs = 4L * key.longs(64) + 3L * key.longs(128);
            if (type == DType.F16) {
                longs += 2L * key.longs(64) + key.longs(128);
            }
            assertEquals(longs * Long.BYTES + states, key.bytes(KernelFamily.TILED));
        }
    }

    @Test
    void groupsHave64ColumnsOfV() {
        assertEquals(4, TensorKey.groups(4, 64));
        assertEquals(8, TensorKey.groups(4, 68));
        assertEquals(64, TensorKey.depth(64));
        assertEquals(128, TensorKey.depth(68));
    }
}
