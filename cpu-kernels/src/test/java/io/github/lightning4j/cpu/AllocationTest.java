package io.github.lightning4j.cpu;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;

import io.github.lightning4j.Algorithm;
import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.AttentionInputs;
import io.github.lightning4j.AttentionSession;
import io.github.lightning4j.DType;
import io.github.lightning4j.Gradients;
import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.PoolOptions;
import io.github.lightning4j.Slot;
import io.github.lightning4j.StatePool;
import io.github.lightning4j.Tensor;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;

/** What calls allocate once the JVM has compiled them: the same few objects whatever the length. */
@Tag("alone")
class AllocationTest {
    private static final int HEADS = 4;
    private static final int DIM = 16;

    /** Some 200 blocks of a head: at one small object for each there would be 25 KB. */
    private static final long TOKENS = 10_000;

    private static final long LIMIT = 8 << 10;
    private static final double PATIENCE_SECONDS = 1800;

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private final Tensor x = Tensor.allocate(DType.F32, 1, HEADS, TOKENS, DIM);
    private final Tensor o = Tensor.allocate(DType.F32, 1, HEADS, TOKENS, DIM);

    @Test
    void forwardPass() {
        try (LightningAttention attention = open()) {
            assertFrugal(() -> attention.attend(AttentionInputs.of(x, x, x), o));
        }
    }

    @Test
    void backwardPass() {
        Gradients gradients =
                new Gradients(
                        Tensor.allocate(DType.F32, 1, HEADS, TOKENS, DIM),
                        Tensor.allocate(DType.F32, 1, HEADS, TOKENS, DIM),
                        o,
                        Tensor.allocate(DType.F32, 1, HEADS, DIM, DIM));
        try (LightningAttention attention = open()) {
            assertFrugal(() -> attention.backward(AttentionInputs.of(x, x, x), x, null, gradients));
        }
    }

    @Test
    void softmax() {
        AttentionConfig config =
                AttentionConfig.builder(HEADS, DIM).algorithm(Algorithm.SOFTMAX).build();
        Tensor y = Tensor.allocate(DType.F32, 1, HEADS, 1000, DIM);
        Tensor result = Tensor.allocate(DType.F32, 1, HEADS, 1000, DIM);
        try (LightningAttention attention =
                LightningAttention.builder(config).device("cpu").threads(1).open()) {
            assertFrugal(() -> attention.attend(AttentionInputs.of(y, y, y), result));
        }
    }

    @Test
    void fortyStepsOfDecode() {
        Tensor token = Tensor.allocate(DType.F32, 1, HEADS, 1, DIM);
        Tensor result = Tensor.allocate(DType.F32, 1, HEADS, 1, DIM);
        try (LightningAttention attention = open();
                AttentionSession session = attention.openSession(1)) {
            assertFrugal(() -> {
                for (int i = 0; i < 40; i++) {
                    session.append(token, token, token, result);
                }
            });
        }
    }

    @Test
    void aStepOfAPoolAllocatesNothing() {
        Tensor token = Tensor.allocate(DType.F32, 3, HEADS, 1, DIM);
        Tensor result = Tensor.allocate(DType.F32, 3, HEADS, 1, DIM);
        try (LightningAttention attention = open();
                StatePool pool = attention.openPool(2)) {
            Slot[] slots = {pool.acquire(), Slot.NONE, pool.acquire()};
            assertFrugal(
                    0,
                    () -> {
                        for (int i = 0; i < 40; i++) {
                            pool.append(slots, token, token, token, result);
                        }
                    });
        }
    }

    /** The compiler sees the same methods with many shapes, dtypes and kinds of memory. */
    @Test
    void decodeAllocatesNothingWhateverElseWasDecodedBefore() {
        List<Decoding> all = new ArrayList<>();
        try (Arena arena = Arena.ofShared()) {
            for (int dim : new int[] {DIM, 128, 33}) {
                for (DType type : new DType[] {DType.F32, DType.BF16}) {
                    byte[] heap = new byte[HEADS * dim * type.bytes()];
                    all.add(new Decoding(Tensor.allocate(arena, type, 1, HEADS, 1, dim), arena));
                    all.add(
                            new Decoding(
                                    Tensor.of(type, MemorySegment.ofArray(heap), 1, HEADS, 1, dim),
                                    arena));
                }
            }
            all.forEach(Decoding::run);
            all.forEach(AllocationTest.this::assertFrugal);
            all.forEach(Decoding::close);
        }
    }

    /** Forty steps of a session and of pools of states of 32 and 16 bits. */
    private static final class Decoding implements Runnable, AutoCloseable {
        private final LightningAttention attention;
        private final AttentionSession session;
        private final StatePool wide;
        private final StatePool narrow;
        private final Slot[] slotOfWide;
        private final Slot[] slotOfNarrow;
        private final Tensor token;
        private final Tensor result;

        Decoding(Tensor token, Arena arena) {
            this.token = token;
            result = Tensor.allocate(arena, token.dtype(), token.shape());
            int dim = (int) token.shape()[3];
            attention =
                    LightningAttention.builder(AttentionConfig.builder(HEADS, dim).build())
                            .device("cpu")
                            .threads(1)
                            .open();
            session = attention.openSession(1);
            wide = attention.openPool(1);
            narrow = attention.openPool(1, PoolOptions.DEFAULT.withStateBits(16));
            slotOfWide = new Slot[] {wide.acquire()};
            slotOfNarrow = new Slot[] {narrow.acquire()};
        }

        @Override
        public void run() {
            for (int i = 0; i < 40; i++) {
                session.append(token, token, token, result);
                wide.append(slotOfWide, token, token, token, result);
                narrow.append(slotOfNarrow, token, token, token, result);
            }
        }

        @Override
        public void close() {
            attention.close();
        }
    }

    private static LightningAttention open() {
        return LightningAttention.builder(AttentionConfig.builder(HEADS, DIM).build())
                .device("cpu")
                .threads(1)
                .open();
    }

    private void assertFrugal(Runnable call) {
        assertFrugal(LIMIT, call);
    }

    /** Calls again and again until a call is frugal, which it is when it has been compiled. */
    private void assertFrugal(long limit, Runnable call) {
        long begin = System.nanoTime();
        long least = Long.MAX_VALUE;
        while (least > limit && System.nanoTime() - begin < PATIENCE_SECONDS * 1e9) {
            long before = threads.getCurrentThreadAllocatedBytes();
            call.run();
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }
        assertTrue(least <= limit, "a call allocates " + least + " bytes");
    }
}
