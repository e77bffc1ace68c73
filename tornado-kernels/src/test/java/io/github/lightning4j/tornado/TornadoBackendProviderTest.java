package io.github.lightning4j.tornado;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.BackendException;
import io.github.lightning4j.spi.Availability;
import io.github.lightning4j.spi.BackendOptions;
import io.github.lightning4j.tornado.devices.OtherBackends;
import io.github.lightning4j.tornado.kernels.ChunkTable;
import io.github.lightning4j.tornado.kernels.Seals;

import org.junit.jupiter.api.Test;

import java.util.List;

/** In a JVM without TornadoVM, such as the one of this test. */
class TornadoBackendProviderTest {
    private final TornadoBackendProvider provider = new TornadoBackendProvider();

    @Test
    void saysWhatToDo() {
        Availability.Unavailable none =
                assertInstanceOf(Availability.Unavailable.class, provider.availability());
        assertTrue(none.reason().contains("there is no TornadoVM SDK; install one"), none.reason());
        assertEquals(none, provider.automatic());
        assertEquals(List.of(), provider.devices());
        BackendException e =
                assertThrows(
                        BackendException.class,
                        () -> provider.open("tornado:cuda", new BackendOptions(0, 0)));
        assertTrue(String.valueOf(e.getMessage()).contains(none.reason()), e.getMessage());
    }

    @Test
    void knowsTheOtherBackendsFromTheLauncher() {
        OtherBackends others = OtherBackends.parse("cuda=no driver|ptx=a=b|spirv=");
        assertEquals(List.of("cuda", "ptx", "spirv"), List.copyOf(others.reasons().keySet()));
        assertEquals("no driver", others.reason("tornado:cuda:1"));
        assertEquals("a=b", others.reason("tornado:ptx"));
        assertNull(others.reason("tornado"));
        assertNull(others.reason("tornado:opencl"));
        assertEquals("tornado:cuda", others.statuses().getFirst().device().id());
        assertEquals(List.of(), OtherBackends.parse("").statuses());
    }

    @Test
    void sealsAreNeverZeroAndFitEveryArray() {
        int ticket = 0;
        for (int i = 0; i < 100_000; i++) {
            ticket += ChunkTable.TICKET_STEP;
            int seal = Seals.of(ticket);
            assertTrue(seal > 0 && seal <= Short.MAX_VALUE && (int) (float) seal == seal);
            assertTrue(seal != Seals.of(ticket + ChunkTable.TICKET_STEP));
        }
    }
}
