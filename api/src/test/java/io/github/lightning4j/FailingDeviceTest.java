package io.github.lightning4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** What is left after a device broke in the middle of an append. */
class FailingDeviceTest {
    @Test
    void aSessionWhoseAppendFailedCanOnlyBeClosed() {
        BrokenDevice broken = new BrokenDevice();
        Tensor x = Tensor.allocate(DType.F32, 1, 1, 2, 4);
        LightningAttention attention =
                LightningAttention.over(AttentionConfig.builder(1, 4).build(), broken);
        AttentionSession session = attention.openSession(1);
        assertThrows(BackendException.class, () -> session.append(x, x, x));
        assertEquals(0, session.tokens(0));
        for (Runnable use :
                new Runnable[] {
                    () -> session.append(x, x, x), session::state, session::fork,
                }) {
            IllegalStateException e = assertThrows(IllegalStateException.class, use::run);
            assertTrue(String.valueOf(e.getMessage()).contains("can only be closed"));
        }
        session.close();
        session.close();
        assertEquals(1, broken.closed());
        attention.close();
        assertEquals(2, broken.closed());
        assertThrows(IllegalStateException.class, () -> attention.openSession(1));
    }
}
