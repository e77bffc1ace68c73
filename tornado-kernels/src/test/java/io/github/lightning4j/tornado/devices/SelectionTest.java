package io.github.lightning4j.tornado.devices;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.BackendException;
import io.github.lightning4j.Device;
import io.github.lightning4j.tornado.kernels.KernelFamily;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SelectionTest {
    private static boolean matches(String id, String device) {
        return Selection.parse(id).matches(new Device(device, "a GPU", Device.Kind.GPU, ""));
    }

    @Test
    void narrowsDown() {
        assertTrue(matches("tornado", "tornado:cuda:0"));
        assertTrue(matches("tornado:cuda", "tornado:cuda:0"));
        assertTrue(matches("tornado:cuda:0", "tornado:cuda:0"));
        assertTrue(matches("tornado:cuda:0:loops", "tornado:cuda:0"));
        assertFalse(matches("tornado:cuda:1", "tornado:cuda:0"));
        assertFalse(matches("tornado:cuda:1", "tornado:cuda:10"));
    }

    @Test
    void familyOfTheDeviceUnlessNamed() {
        assertEquals(
                KernelFamily.TILED, Selection.parse("tornado:cuda:0").family(KernelFamily.TILED));
        assertEquals(
                KernelFamily.LOOPS,
                Selection.parse("tornado:cuda:0:loops").family(KernelFamily.TILED));
        assertEquals(
                KernelFamily.TILED,
                Selection.parse("tornado:cuda:0:tiled").family(KernelFamily.LOOPS));
        assertEquals(
                KernelFamily.TENSOR,
                Selection.parse("tornado:cuda:0:tensor").family(KernelFamily.TILED));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "tornado:cuda:0:fast",
                "tornado:cuda:0:loops:1",
                "tornado:cuda:0:",
                "tornado:cuda:loops",
                "tornado:cuda:x",
                "tornado:open",
                "tornado:",
            })
    void refusesOthers(String id) {
        BackendException e = assertThrows(BackendException.class, () -> Selection.parse(id));
        assertTrue(String.valueOf(e.getMessage()).contains(id), e.getMessage());
    }

    @ParameterizedTest
    @CsvSource({
        "16GB, 17179869184",
        "512MB, 536870912",
        "100, 100",
        "8g, 8589934592",
        "what, 4294967296"
    })
    void memoryLimits(String size, long bytes) {
        assertEquals(bytes, MemoryLimit.parse(size));
    }
}
