package io.github.lightning4j.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.architecture.Jars.ServiceFiles;
import io.github.lightning4j.cpu.CpuBackendProvider;
import io.github.lightning4j.tornado.TornadoBackendProvider;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.loader.launch.JarLauncher;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * An application finds the CPU backend and computes right, however its jars are put together. Where
 * they were put together badly, it says so.
 */
class DeploymentTest {
    private static final String[] VECTORS = {"--add-modules", "jdk.incubator.vector"};
    private static final String MAIN = "app.Main";

    @TempDir private static Path folder;
    private static Path api;
    private static Path cpu;
    private static Path tornado;
    private static Path loader;
    private static Path app;

    @BeforeAll
    static void compileTheApplication() throws IOException {
        api = Jars.of(LightningAttention.class, folder);
        cpu = Jars.of(CpuBackendProvider.class, folder);
        tornado = Jars.of(TornadoBackendProvider.class, folder);
        loader = Jars.of(JarLauncher.class, folder);
        Path classes = folder.resolve("app");
        String source = House.path("architecture/src/test/resources/app").toString();
        Jars.tool(
                "javac",
                "-Werror",
                "-p",
                api.toString(),
                "-d",
                classes.toString(),
                Path.of(source, "module-info.java").toString(),
                Path.of(source, "app/Main.java").toString());
        app = folder.resolve("app.jar");
        Jars.tool("jar", "--create", "--file", app.toString(), "-C", classes.toString(), ".");
    }

    @Test
    void modulesComputeWithVectorsOrSayWhyNot() throws Exception {
        String[] modules = {"-p", path(app, api, cpu), "-m", "app/" + MAIN};
        computes("cpu:vector", Jvm.succeed(Jvm.home(), with(VECTORS, modules)));
        String scalar = Jvm.succeed(Jvm.home(), modules);
        computes("cpu:scalar", scalar);
        assertTrue(scalar.contains("start Java with --add-modules jdk.incubator.vector"), scalar);
    }

    @Test
    void anImageOfJlinkComputesWithVectors() throws Exception {
        Path image = folder.resolve("image");
        Jars.tool(
                "jlink",
                "-p",
                path(app, api, cpu),
                "--add-modules",
                "app,io.github.lightning4j.cpu,jdk.incubator.vector",
                "--output",
                image.toString());
        computes("cpu:scalar", Jvm.succeed(image, "-m", "app/" + MAIN));
        computes("cpu:vector", Jvm.succeed(image, with(VECTORS, "-m", "app/" + MAIN)));
    }

    @Test
    void aMergedJarHasEveryBackend() throws Exception {
        String output = Jvm.succeed(Jvm.home(), with(VECTORS, shaded(ServiceFiles.MERGED)));
        computes("cpu:vector", output);
        assertTrue(output.contains("notice tornado is not used: "), output);
    }

    @Test
    void aMergedJarWithTheFirstServiceFileSaysWhatItHas() throws Exception {
        Jvm.Result result = Jvm.run(Jvm.home(), shaded(ServiceFiles.FIRST));
        assertEquals(1, result.code(), result.text());
        assertTrue(
                result.text().contains("no backend can be used: tornado is not used: "),
                result.text());
    }

    @Test
    void aMergedJarWithoutServiceFilesSaysThatThereIsNoBackend() throws Exception {
        Jvm.Result result = Jvm.run(Jvm.home(), shaded(ServiceFiles.NONE));
        assertEquals(1, result.code(), result.text());
        assertTrue(
                result.text()
                        .contains(
                                "there is no backend on the class path; add"
                                        + " lightning4j-cpu-kernels"),
                result.text());
    }

    @Test
    void jarsInAJarComputeWithVectors() throws Exception {
        Path jar = Jars.nested(folder.resolve("nested.jar"), loader, app, MAIN, List.of(api, cpu));
        computes("cpu:scalar", Jvm.succeed(Jvm.home(), "-jar", jar.toString()));
        computes("cpu:vector", Jvm.succeed(Jvm.home(), with(VECTORS, "-jar", jar.toString())));
    }

    /** The arguments that run one jar of all modules, TornadoVM's backend before the CPU's. */
    private static String[] shaded(ServiceFiles policy) throws IOException {
        Path jar =
                Jars.shaded(
                        folder.resolve(policy + ".jar"), policy, List.of(app, api, tornado, cpu));
        return new String[] {"-cp", jar.toString(), MAIN};
    }

    private static void computes(String device, String output) {
        assertTrue(output.contains("device " + device), output);
        assertTrue(output.contains("forward 1.0000 1.5000 1.7500 1.8750"), output);
        assertTrue(output.contains("session 1.0000 1.5000 1.7500 1.8750"), output);
    }

    private static String path(Path... jars) {
        return Stream.of(jars).map(Path::toString).collect(Collectors.joining(File.pathSeparator));
    }

    private static String[] with(String[] options, String... arguments) {
        return Stream.of(options, arguments).flatMap(Stream::of).toArray(String[]::new);
    }
}
