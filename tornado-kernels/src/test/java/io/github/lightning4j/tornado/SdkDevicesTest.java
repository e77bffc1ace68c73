package io.github.lightning4j.tornado;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.github.lightning4j.tornado.devices.Probe;
import io.github.lightning4j.tornado.devices.TornadoDevices;
import io.github.lightning4j.tornado.kernels.KernelFamily;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What needs TornadoVM: on each device of the installed SDK golden files, random shapes and pools
 * with the family of kernels that suits it, hand vectors and pools with the others. Nearly all the
 * time goes into compiling kernels for shapes, so these get few. {@code
 * -Dlightning.test.whole=true}: all laws with all, which takes half an hour on two cores.
 */
@EnabledIfSystemProperty(named = "lightning.tornado.sdk", matches = ".+")
class SdkDevicesTest {
    private static final String LIST = "device ";
    private static final String WHOLE = "lightning.test.whole";
    private static final String OWN =
            "GOLDEN_FILES,RANDOM_SHAPES,POOLS,FINAL_STATES,DEVICE_TENSORS";
    private static final String OTHER = "HAND_VECTORS,POOLS";

    /** Two suites at a time, each of which mostly compiles, by one thread. */
    private static final ExecutorService SUITES = Executors.newFixedThreadPool(2);

    @AfterAll
    static void endSuites() {
        SUITES.shutdownNow();
    }

    /** For {@link ComposedLayer}. */
    @BeforeAll
    static void compileTheSample() throws IOException {
        List<String> classPath = new ArrayList<>(SdkCompilationTest.apiJars());
        classPath.add(System.getProperty("surefire.test.class.path", ""));
        classPath.add(System.getProperty("java.class.path"));
        ComposingSample.compile(SdkProcess.CLASSES, classPath);
    }

    @TestFactory
    Stream<DynamicTest> devices() {
        List<DynamicTest> tests = new ArrayList<>();
        for (String backend : backends()) {
            SdkProcess.Result listed = SdkProcess.run(backend, List.of(), DeviceLister.class);
            assertEquals(0, listed.exit(), listed.output());
            List<String> devices =
                    listed.output()
                            .lines()
                            .filter(line -> line.startsWith(LIST))
                            .map(line -> line.substring(LIST.length()))
                            .toList();
            assertFalse(devices.isEmpty(), backend + ": " + listed.output());
            for (String line : devices) {
                String device = line.substring(0, line.indexOf(' '));
                String own = line.substring(line.indexOf(' ') + 1);
                for (KernelFamily family : families(own)) {
                    String id = device + ":" + family.name().toLowerCase(Locale.ROOT);
                    String brief =
                            Boolean.getBoolean(WHOLE)
                                    ? ""
                                    : family.name().equals(own) ? OWN : OTHER;
                    CompletableFuture<SdkProcess.Result> suite =
                            CompletableFuture.supplyAsync(() -> suite(backend, id, brief), SUITES);
                    tests.add(DynamicTest.dynamicTest(id, () -> passed(id, suite.join())));
                }
            }
        }
        return tests.stream();
    }

    /** The families that a device has: tensor cores only where they suit it. */
    private static List<KernelFamily> families(String own) {
        return Arrays.stream(KernelFamily.values())
                .filter(family -> family != KernelFamily.TENSOR || family.name().equals(own))
                .toList();
    }

    /** Nothing is computed, and the message says what to do. */
    @Test
    void flagsThatLetAFailedCompilationYieldNumbersAreRefused() {
        SdkProcess.Result refused =
                SdkProcess.run(
                        backends().getFirst(),
                        List.of("-Dtornado.recover.bailout=True"),
                        DeviceLister.class);
        assertEquals(1, refused.exit(), refused.output());
        assertTrue(
                refused.output().contains("tornado.recover.bailout=False")
                        && refused.output().contains("start with scripts/lightning"),
                refused.output());
    }

    private static List<String> backends() {
        List<String> backends = SdkProcess.backends();
        assumeFalse(backends.isEmpty(), "no backend of the SDK can start here: no driver");
        return backends;
    }

    private static SdkProcess.Result suite(String backend, String device, String brief) {
        List<String> classes = new ArrayList<>();
        classes.add(DeviceConformance.class.getName());
        if (device.endsWith(":tensor")) {
            classes.add(DeviceTensorLaws.class.getName());
            classes.add(DeviceTensorStates.class.getName());
        }
        if (brief.isEmpty()) {
            classes.add(DeviceLaws.class.getName());
            classes.add(DeviceGradientLaws.class.getName());
            classes.add(DeviceFailures.class.getName());
            classes.add(DeviceInterrupts.class.getName());
            classes.add(DeviceSessions.class.getName());
            classes.add(DeviceSignals.class.getName());
            classes.add(ComposedLayer.class.getName());
            classes.add(ComposedTogether.class.getName());
            classes.add(ComposedSlots.class.getName());
        }
        List<String> options = new ArrayList<>();
        options.add("-Xmx2g");
        options.add("-D" + DeviceConformance.DEVICE + "=" + device);
        options.add("-D" + DeviceConformance.BRIEF + "=" + brief);
        if (!brief.isEmpty()) {
            options.addAll(
                    List.of(
                            "-XX:TieredStopAtLevel=1",
                            "-XX:+UseSerialGC",
                            "-XX:+IgnoreUnrecognizedVMOptions",
                            "-XX:+UseTransparentHugePages",
                            "-Xlog:pagesize=off"));
        }
        return SdkProcess.run(backend, options, SuiteMain.class, classes.toArray(String[]::new));
    }

    private static void passed(String device, SdkProcess.Result result) {
        assertEquals(0, result.exit(), () -> withLastTest(result.output()));
        System.out.println(device + ": " + result.output().lines().toList().getLast());
    }

    /** Of the tests that began only the last, in which a process that died did so. */
    private static String withLastTest(String output) {
        List<String> lines = output.lines().toList();
        Predicate<String> begins = line -> line.startsWith(SuiteMain.BEGINS);
        Stream<String> last = lines.stream().filter(begins).reduce((one, next) -> next).stream();
        return Stream.concat(lines.stream().filter(begins.negate()), last)
                .collect(Collectors.joining("\n"));
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
                System.out.println(LIST + entry.device().id() + " " + entry.family());
            }
            System.exit(0);
        }
    }
}
