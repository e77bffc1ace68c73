package io.github.lightning4j.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.AttentionInputs;
import io.github.lightning4j.DType;
import io.github.lightning4j.Gradients;
import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.Tensor;

import org.junit.jupiter.api.Test;

import java.util.SplittableRandom;

class CheckpointsTest {
    @Test
    void gradientsDoNotDependOnHowManyStatesAreKept() {
        AttentionConfig config = AttentionConfig.builder(2, 20, 24).build();
        SplittableRandom random = new SplittableRandom(3);
        Tensor[] x = new Tensor[4];
        for (int i = 0; i < x.length; i++) {
            x[i] = Tensor.allocate(DType.F32, 1, 2, 1000, i < 2 ? 20 : 24);
            for (long j = 0; j < x[i].size(); j++) {
                x[i].setDouble(j, random.nextGaussian());
            }
        }
        AttentionInputs inputs = AttentionInputs.of(x[0], x[1], x[2]);
        Gradients first = null;
        for (int blocks : new int[] {0, 1, 2, 7, 1000}) {
            for (int threads : new int[] {1, 3}) {
                try (LightningAttention attention =
                        LightningAttention.builder(config)
                                .device("cpu")
                                .threads(threads)
                                .checkpointBlocks(blocks)
                                .open()) {
                    Gradients gradients = attention.backward(inputs, x[3], null);
                    first = first == null ? gradients : first;
                    assertSame(first.dq(), gradients.dq());
                    assertSame(first.dk(), gradients.dk());
                    assertSame(first.dv(), gradients.dv());
                    assertSame(first.initialState(), gradients.initialState());
                }
            }
        }
    }

    private static void assertSame(Tensor expected, Tensor actual) {
        assertEquals(-1, expected.segment().mismatch(actual.segment()));
    }
}
