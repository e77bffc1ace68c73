package io.github.lightning4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.lightning4j.spi.Availability;
import io.github.lightning4j.spi.Backend;
import io.github.lightning4j.spi.BackendOptions;
import io.github.lightning4j.spi.BackendProvider;
import io.github.lightning4j.spi.DeviceStatus;

import org.junit.jupiter.api.Test;

import java.util.List;

/** Devices that compute one number at a time. */
class VectorsTest {
    private static final BackendOptions OPTIONS = new BackendOptions(0, 0);
    private static final String REASON = "start with --add-modules jdk.incubator.vector";

    /** A device that has vectors or says why not. */
    private static final class Plain extends BrokenDevice {
        private final Availability vectors;

        private Plain(Availability vectors) {
            this.vectors = vectors;
        }

        @Override
        public Availability vectors() {
            return vectors;
        }

        @Override
        public Device device() {
            return new Device("plain:loops", "plain", Device.Kind.CPU, "");
        }
    }

    private record Provider(Plain plain) implements BackendProvider {
        @Override
        public String name() {
            return "plain";
        }

        @Override
        public int priority() {
            return 0;
        }

        @Override
        public Availability availability() {
            return new Availability.Available();
        }

        @Override
        public List<DeviceStatus> devices() {
            return List.of(new DeviceStatus(plain.device(), availability()));
        }

        @Override
        public Backend open(String deviceId, BackendOptions options) {
            return plain;
        }
    }

    private static List<String> notices(Plain device, String name, boolean needsVectors) {
        return Devices.open(name, OPTIONS, needsVectors, List.of(new Provider(device))).notices();
    }

    @Test
    void aNoticeSaysWhyTheyAreNotUsedUnlessOneAskedForThat() {
        Plain without = new Plain(new Availability.Unavailable(REASON));
        List<String> notice =
                List.of("plain:loops computes without vectors, several times slower: " + REASON);
        assertEquals(notice, notices(without, "auto", false));
        assertEquals(notice, notices(without, "plain", false));
        assertEquals(List.of(), notices(without, "plain:loops", false));
        Plain with = new Plain(new Availability.Available());
        assertEquals(List.of(), notices(with, "auto", false));
        assertEquals(List.of(), notices(with, "auto", true));
        assertEquals(0, without.closed());
    }

    @Test
    void whoRequiresThemGetsThemOrTheReason() {
        String refusal =
                "device plain:loops computes without vectors, which are required: " + REASON;
        for (String name : List.of("plain", "plain:loops")) {
            Plain without = new Plain(new Availability.Unavailable(REASON));
            assertEquals(
                    refusal,
                    assertThrows(BackendException.class, () -> notices(without, name, true))
                            .getMessage());
            assertEquals(1, without.closed());
        }
        Plain without = new Plain(new Availability.Unavailable(REASON));
        assertEquals(
                "no backend can be used: plain is not used: " + refusal,
                assertThrows(BackendException.class, () -> notices(without, "auto", true))
                        .getMessage());
        assertEquals(1, without.closed());
    }
}
