package io.github.lightning4j.tornado;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** What needs TornadoVM: on each device of the installed SDK, with both families of kernels. */
@EnabledIfSystemProperty(named = "lightning.tornado.sdk", matches = ".+")
class SdkDevicesTest {
    private static final String LIST = "device ";

    @TestFactory
    Stream<DynamicTest> devices() {
        List<DynamicTest> tests = new ArrayList<>();
        for (String backend : SdkProcess.backends()) {
            SdkProcess.Result listed = SdkProcess.run(backend, List.of(), DeviceLister.class);
            assertEquals(0, listed.exit(), listed.output());
            List<String> devices =
                    listed.output()
                            .lines()
                            .filter(line -> line.startsWith(LIST))
                            .map(line -> line.substring(LIST.length()))
                            .toList();
            assertFalse(devices.isEmpty(), backend + ": " + listed.output());
            for (String device : devices) {
                for (Family family : Family.values()) {
                    String id = device + ":" + family.name().toLowerCase(Locale.ROOT);
                    tests.add(DynamicTest.dynamicTest(id, () -> suite(backend, id)));
                }
            }
        }
        return tests.stream();
    }

    private static void suite(String backend, String device) {
        SdkProcess.Result result =
                SdkProcess.run(
                        backend,
                        List.of("-Xmx2g", "-D" + DeviceConformance.DEVICE + "=" + device),
                        SuiteMain.class,
                        DeviceConformance.class.getName(),
                        DeviceLaws.class.getName(),
                        DeviceGradientLaws.class.getName());
        assertEquals(0, result.exit(), result.output());
        System.out.println(device + ": " + result.output().lines().toList().getLast());
    }

    /** Prints the devices of its process. */
    static final class DeviceLister {
        private DeviceLister() {}

        public static void main(String[] args) {
            if (!Probe.availability()
                    .equals(new io.github.lightning4j.spi.Availability.Available())) {
                System.out.println(Probe.availability());
                System.exit(1);
            }
            for (TornadoDevices.Entry entry : TornadoDevices.list()) {
                System.out.println(LIST + entry.device().id());
            }
            System.exit(0);
        }
    }
}
