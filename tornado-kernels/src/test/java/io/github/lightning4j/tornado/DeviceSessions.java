package io.github.lightning4j.tornado;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.AttentionInputs;
import io.github.lightning4j.BackendException;
import io.github.lightning4j.DType;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.spi.BackendSession;
import io.github.lightning4j.spi.TensorMemory;

import org.junit.jupiter.api.Test;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;

/** Sessions of a device share plans. Run like {@link DeviceConformance}. */
class DeviceSessions {
    private static final AttentionConfig CONFIG = AttentionConfig.builder(2, 8).build();
    private static final long MEMORY = 64L << 20;

    private final AttentionInputs one = DeviceLaws.inputs(CONFIG, 1);
    private final AttentionInputs many = DeviceLaws.inputs(CONFIG, 100);

    private static Tensor append(BackendSession session, AttentionInputs in) {
        Tensor o = Tensor.allocate(DType.F32, in.v().shape());
        append(session, in, o.memory());
        return o;
    }

    private static void append(BackendSession session, AttentionInputs in, TensorMemory output) {
        session.append(
                new AttentionProblem(CONFIG, DType.F32, DType.F32, 1, in.v().shape(2), null),
                in.q().memory(),
                in.k().memory(),
                in.v().memory(),
                output);
    }

    private static BackendSession open(DeviceBackend backend) {
        return backend.openSession(CONFIG, 1, null);
    }

    private static float[] state(BackendSession session) {
        Tensor state = Tensor.allocate(DType.F32, 1, 2, 8, 8);
        session.readState(state.segment());
        return state.toFloatArray();
    }

    /** Each new bank doubles the slots: 40 sessions make 1, 1, 2, 4, 8, 16 and 32 of them. */
    @Test
    void plansGrowWithTheLogarithmOfSessions() {
        DeviceLaws.withMemory(
                MEMORY,
                backend -> {
                    List<BackendSession> sessions = new ArrayList<>();
                    List<Long> sizes = new ArrayList<>();
                    for (int i = 0; i < 40; i++) {
                        sessions.add(open(backend));
                        long bytes = backend.deviceMemory().orElseThrow();
                        if (sizes.isEmpty() || sizes.getLast() != bytes) {
                            sizes.add(bytes);
                        }
                    }
                    assertEquals(7, sizes.size(), sizes::toString);
                    sessions.forEach(BackendSession::close);
                    for (int i = 0; i < 40; i++) {
                        sessions.set(i, open(backend));
                    }
                    assertEquals(
                            sizes.getLast(), backend.deviceMemory().orElseThrow(), "plans again");
                    sessions.forEach(BackendSession::close);
                });
    }

    /** Its slot is another's afterwards, who must see nothing of it, even if it is NaN. */
    @Test
    void nothingOfAClosedSessionStays() {
        DeviceLaws.withMemory(
                MEMORY,
                backend -> {
                    float[] first;
                    try (BackendSession session = open(backend)) {
                        first = append(session, one).toFloatArray();
                    }
                    for (AttentionInputs in : List.of(one, many)) {
                        AttentionInputs nan =
                                new AttentionInputs(
                                        DeviceLaws.noNumbers(in.q()),
                                        DeviceLaws.noNumbers(in.k()),
                                        DeviceLaws.noNumbers(in.v()),
                                        null,
                                        null);
                        try (BackendSession session = open(backend)) {
                            append(session, nan);
                        }
                        try (BackendSession session = open(backend)) {
                            assertArrayEquals(first, append(session, one).toFloatArray());
                        }
                    }
                });
    }

    /** The first fork is in another bank, the second in the same as the session. */
    @Test
    void forksGoOnWithTheSameBitsWhereverTheyAre() {
        DeviceLaws.withMemory(
                MEMORY,
                backend -> {
                    try (BackendSession session = open(backend)) {
                        append(session, many);
                        append(session, one);
                        float[] state = state(session);
                        try (BackendSession other = session.fork();
                                BackendSession third = other.fork();
                                BackendSession fourth = third.fork()) {
                            append(session, one);
                            for (BackendSession fork : List.of(other, third, fourth)) {
                                assertArrayEquals(state, state(fork));
                                append(fork, one);
                                assertArrayEquals(state(session), state(fork));
                            }
                        }
                    }
                });
    }

    /** An output that cannot be written is the failure of one session, not of those beside it. */
    @Test
    void aCallThatFailsOnTheHostHarmsNoOtherSession() {
        DeviceLaws.withMemory(
                MEMORY,
                backend -> {
                    try (BackendSession gone = open(backend);
                            BackendSession failed = open(backend);
                            BackendSession beside = open(backend)) {
                        append(beside, one);
                        float[] state = state(beside);
                        TensorMemory freed;
                        try (Arena arena = Arena.ofConfined()) {
                            freed =
                                    Tensor.of(
                                                    DType.F32,
                                                    arena.allocate(
                                                            2 * 8 * Float.BYTES, Float.BYTES),
                                                    1,
                                                    2,
                                                    1,
                                                    8)
                                            .memory();
                        }
                        assertThrows(BackendException.class, () -> append(failed, one, freed));
                        assertArrayEquals(state, state(beside));
                        append(gone, one);
                        assertTrue(Double.isFinite(append(beside, one).getDouble(0)));
                    }
                });
    }
}
