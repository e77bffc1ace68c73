package io.github.lightning4j.tornado.devices;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class SignalChainingTest {
    private static final String POCL = "Portable Computing Language";
    private static final String JVM = "7f00-7f01 r-xp 0 00:00 1 /jdk/lib/server/libjvm.so\n";
    private static final String CHAINED = JVM + "7f02-7f03 r-xp 0 00:00 2 /jdk/lib/libjsig.so\n";

    @Test
    void whoCompilesInTheProcessNeedsTheJvmsHandlersFirst() {
        String hindrance = SignalChaining.hindrance(POCL, JVM);
        assertTrue(hindrance.matches(".*LD_PRELOAD=/.*/lib/libjsig\\.so,.*"), hindrance);
        assertEquals("", SignalChaining.hindrance(POCL + " ", CHAINED));
        assertEquals("", SignalChaining.hindrance("NVIDIA CUDA", JVM));
        assertEquals("", SignalChaining.hindrance(POCL, ""));
    }
}
