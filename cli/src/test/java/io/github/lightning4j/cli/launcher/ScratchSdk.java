package io.github.lightning4j.cli.launcher;

import static io.github.lightning4j.cli.launcher.ScratchTree.start;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.lightning4j.cli.launcher.ScratchTree.Outcome;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.jar.JarOutputStream;

/**
 * The files of a TornadoVM SDK without what is in them, on a machine that has the libraries of all
 * drivers.
 */
final class ScratchSdk {
    static final List<String> BACKENDS = List.of("cuda", "ptx", "opencl");

    /** What a process with any backend does not start without. */
    static final List<String> COMMON =
            List.of(
                    "etc/exportLists/common-exports",
                    jar("tornado/tornado-api"),
                    jar("tornado/tornado-runtime"),
                    jar("tornado/tornado-annotation"),
                    jar("tornado/tornado-drivers-common"),
                    jar("tornado/asm"),
                    jar("tornado/commons-math3"),
                    jar("tornado/snmp4j"),
                    jar("graalJars/compiler"),
                    jar("graalJars/collections"),
                    jar("graalJars/nativeimage"),
                    jar("graalJars/polyglot"),
                    jar("graalJars/truffle-compiler"),
                    jar("graalJars/word"));

    final Path home;
    private final Path libraries;
    private final ScratchTree tree;

    ScratchSdk(Path folder, ScratchTree tree) throws IOException {
        this.tree = tree;
        home = folder.resolve("my sdk");
        libraries = Files.createDirectories(folder.resolve("drivers"));
        for (String file : COMMON) {
            write(file);
        }
        for (String backend : BACKENDS) {
            for (String file : of(backend)) {
                write(file);
            }
        }
        write("etc/tornado.release", "version=5.2.0-jdk25\nbranch=v5.2.0-jdk25\n");
        for (String library : List.of("libcuda.so.1", "libOpenCL.so.1", "libze_loader.so.1")) {
            Files.createFile(libraries.resolve(library));
        }
    }

    private static String jar(String name) {
        return "share/java/" + name + "-1.2.jar";
    }

    /** What a process with one backend does not start without, beside what is common. */
    static List<String> of(String backend) {
        return List.of(
                jar("tornado/tornado-drivers-" + backend),
                "etc/exportLists/" + backend + "-exports",
                "lib/libtornado-" + backend + ".so");
    }

    /** A file as the script's reasons name it: of any version. */
    static String pattern(String file) {
        return file.replace("-1.2.jar", "-*.jar");
    }

    /** Writes a file again, a jar as a whole one. */
    void write(String file) throws IOException {
        write(file, "");
        if (file.endsWith(".jar")) {
            try (OutputStream out = Files.newOutputStream(home.resolve(file))) {
                new JarOutputStream(out).close();
            }
        }
    }

    void write(String file, String text) throws IOException {
        Path path = home.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, text);
    }

    void delete(String file) throws IOException {
        Files.delete(home.resolve(file));
    }

    Map<String, String> environment() {
        return Map.of("TORNADOVM_HOME", home.toString(), "LD_LIBRARY_PATH", libraries.toString());
    }

    /** What the project's script prints of it. */
    List<String> script(String... arguments) throws IOException, InterruptedException {
        ProcessBuilder builder = tree.builder(environment(), arguments);
        builder.command().addFirst(ScratchTree.SCRIPTS.resolve("tornado-sdk").toString());
        Outcome outcome = start(builder).end();
        assertEquals("", outcome.err());
        assertEquals(0, outcome.exit());
        return outcome.out().lines().toList();
    }
}
