package io.github.lightning4j.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.Algorithm;
import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.AttentionSession;
import io.github.lightning4j.DType;
import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.Tensor;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

/** Sessions that end while they are in use, and after. */
class SessionEndTest {
    private static final int HEADS = 4;
    private static final int DIM = 32;
    private static final int ROUNDS = 40;
    private static final int CALLS = 3;
    private static final long DEADLINE_MINUTES = 5;

    private static Tensor x(int tokens) {
        return Tensor.allocate(DType.F32, 1, HEADS, tokens, DIM);
    }

    private static LightningAttention open(Algorithm algorithm) {
        AttentionConfig config = AttentionConfig.builder(HEADS, DIM).algorithm(algorithm).build();
        return LightningAttention.builder(config).device("cpu").threads(2).open();
    }

    /** Its memory must not go while a thread or a worker is in it. */
    @ParameterizedTest
    @ValueSource(ints = {1, 8, 500})
    void closingWaitsForTheCallOfAnotherThread(int tokens) throws Exception {
        Tensor x = x(tokens);
        Tensor o = x(tokens);
        for (int round = 0; round < ROUNDS; round++) {
            try (LightningAttention attention = open(Algorithm.LIGHTNING_2)) {
                AttentionSession session = attention.openSession(1);
                CountDownLatch running = new CountDownLatch(CALLS);
                FutureTask<IllegalStateException> user =
                        new FutureTask<>(() -> {
                            while (true) {
                                try {
                                    session.append(x, x, x, o);
                                } catch (IllegalStateException e) {
                                    // While it is being closed it is in use.
                                    if (!e.getMessage().contains("in use")) {
                                        return e;
                                    }
                                }
                                running.countDown();
                            }
                        });
                Thread thread = new Thread(user);
                thread.start();
                assertTrue(running.await(DEADLINE_MINUTES, TimeUnit.MINUTES));
                AutoCloseable ended = round % 2 == 0 ? session : attention;
                ended.close();
                assertEquals(0, attention.memory().bytes());
                assertEquals(
                        "the session is closed",
                        user.get(DEADLINE_MINUTES, TimeUnit.MINUTES).getMessage());
                thread.join();
            }
        }
    }

    @ParameterizedTest
    @EnumSource(value = Algorithm.class, names = "SOFTMAX", mode = EnumSource.Mode.EXCLUDE)
    void useAfterCloseIsRefusedAndForksLiveOn(Algorithm algorithm) {
        try (LightningAttention attention = open(algorithm)) {
            AttentionSession session = attention.openSession(1);
            session.append(x(3), x(3), x(3));
            AttentionSession fork = session.fork();
            session.close();
            session.close();
            for (Runnable use :
                    new Runnable[] {
                        () -> session.append(x(3), x(3), x(3)),
                        () -> session.append(x(60), x(60), x(60)),
                        session::state,
                        session::fork
                    }) {
                assertEquals(
                        "the session is closed",
                        assertThrows(IllegalStateException.class, use::run).getMessage());
            }
            fork.append(x(3), x(3), x(3));
            assertEquals(6, fork.state().tokens()[0]);
            assertEquals(fork.memory(), attention.memory().bytes());
        }
    }
}
