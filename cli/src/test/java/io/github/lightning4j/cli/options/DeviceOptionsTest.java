package io.github.lightning4j.cli.options;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.BackendException;
import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.cli.WrongBackendProvider;

import org.junit.jupiter.api.Test;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** On {@link WrongBackendProvider}'s device. */
class DeviceOptionsTest {
    private static final AttentionConfig CONFIG = AttentionConfig.builder(2, 4).build();

    /** Has nothing but the options. */
    @Command
    static final class Holder {
        @Mixin private DeviceOptions device = new DeviceOptions();
    }

    private static Tensor forward(String... args) {
        Holder holder = new Holder();
        new CommandLine(holder).parseArgs(args);
        Tensor ones = Tensor.ofFloats(new float[] {1, 1, 1, 1, 1, 1, 1, 1}, 1, 2, 1, 4);
        try (LightningAttention attention = holder.device.open(CONFIG)) {
            return attention.forward(ones, ones, ones);
        }
    }

    @Test
    void verifyDeviceRefusesWhatIsWrong() {
        assertEquals(0, forward("-d", "wrong").toFloatArray()[0]);
        BackendException e =
                assertThrows(
                        BackendException.class, () -> forward("-d", "wrong", "--verify-device"));
        assertTrue(e.getMessage().contains("wrong"), e.getMessage());
    }
}
