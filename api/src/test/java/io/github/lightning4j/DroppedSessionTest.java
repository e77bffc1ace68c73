package io.github.lightning4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.text.MessageFormat;
import java.util.Locale;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** Sessions that nobody closes. */
class DroppedSessionTest {
    private static final AttentionConfig CONFIG = AttentionConfig.builder(1, 4).build();
    private static final long DEADLINE_MINUTES = 2;

    private final Logger logger = Logger.getLogger(AttentionSession.class.getName());
    private final BlockingQueue<LogRecord> records = new LinkedBlockingQueue<>();
    private final Handler handler =
            new Handler() {
                @Override
                public void publish(LogRecord record) {
                    records.add(record);
                }

                @Override
                public void flush() {}

                @Override
                public void close() {}
            };

    @BeforeEach
    void listen() {
        logger.setUseParentHandlers(false);
        logger.addHandler(handler);
    }

    @AfterEach
    void listenNoMore() {
        logger.removeHandler(handler);
        logger.setUseParentHandlers(true);
    }

    private static void openHere(LightningAttention attention, int sequences) {
        assertNotNull(attention.openSession(sequences));
    }

    private static String session(int sequences) {
        return "a session of " + sequences + " sequences";
    }

    /**
     * The warning about a session of {@code sequences} sequences, because other tests may drop some
     * too.
     */
    private String warning(int sequences) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(DEADLINE_MINUTES);
        while (System.nanoTime() < end) {
            System.gc();
            LogRecord record = records.poll(100, TimeUnit.MILLISECONDS);
            if (record != null && record.getParameters()[0].equals(session(sequences))) {
                assertEquals(Level.WARNING, record.getLevel());
                return new MessageFormat(record.getMessage(), Locale.ROOT)
                        .format(record.getParameters());
            }
        }
        throw new AssertionError("nothing was logged");
    }

    @Test
    void isFreedAndLoggedWithWhereItWasOpened() throws Exception {
        BrokenDevice device = new BrokenDevice();
        LightningAttention attention = LightningAttention.over(CONFIG, device);
        openHere(attention, 17);
        String warning = warning(17);
        assertTrue(
                warning.startsWith(
                        "a session of 17 sequences was dropped without close(); its 1,088 bytes"
                                + " are freed now. It was opened here:\n\tat "),
                warning);
        String where = DroppedSessionTest.class.getName() + ".openHere(DroppedSessionTest.java:";
        assertEquals(1, warning.lines().skip(1).limit(1).filter(l -> l.contains(where)).count());
        attention.close();
        assertEquals(2, device.closed(), "the session and the device");
        assertEquals(0, attention.memory().bytes());
    }

    @Test
    void whatWasClosedIsNotLogged() throws Exception {
        LightningAttention attention = LightningAttention.over(CONFIG, new BrokenDevice());
        attention.openSession(18).close();
        openHere(attention, 18);
        attention.close();
        LightningAttention other = LightningAttention.over(CONFIG, new BrokenDevice());
        openHere(other, 19);
        assertTrue(warning(19).contains("19 sequences"));
        assertTrue(records.stream().noneMatch(r -> r.getParameters()[0].equals(session(18))));
        other.close();
    }
}
