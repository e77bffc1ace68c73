package io.github.lightning4j.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.spi.ToolProvider;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/** Jars as Maven makes them and as plugins put them together. */
final class Jars {
    private static final String SERVICES = "META-INF/services/";
    private static final String CLASSES = "BOOT-INF/classes/";
    private static final String LIBRARIES = "BOOT-INF/lib/";

    private Jars() {}

    /** What becomes of service files that several jars have under one name. */
    enum ServiceFiles {
        /** Their lines are put together, as with the shade plugin's ServicesResourceTransformer. */
        MERGED,
        /** The first jar's stays, as without it. */
        FIRST,
        /** None stays, as where {@code META-INF} is left out. */
        NONE
    }

    /** The jar that a class comes from; where that is a folder of classes, one is made. */
    static Path of(Class<?> type, Path folder) throws IOException {
        Path origin = origin(type);
        if (!Files.isDirectory(origin)) {
            return origin;
        }
        Path jar = folder.resolve(type.getSimpleName() + ".jar");
        if (!Files.exists(jar)) {
            tool("jar", "--create", "--file", jar.toString(), "-C", origin.toString(), ".");
        }
        return jar;
    }

    private static Path origin(Class<?> type) {
        try {
            return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
        } catch (URISyntaxException e) {
            throw new AssertionError(type + " comes from nowhere", e);
        }
    }

    /** Runs a tool of the JDK, which must end well. */
    static void tool(String name, String... arguments) {
        StringWriter output = new StringWriter();
        PrintWriter writer = new PrintWriter(output);
        int code = ToolProvider.findFirst(name).orElseThrow().run(writer, writer, arguments);
        assertEquals(0, code, () -> name + ": " + output);
    }

    /** One jar of many, which is no module, as the shade plugin makes it. */
    static Path shaded(Path target, ServiceFiles policy, List<Path> jars) throws IOException {
        Map<String, byte[]> entries = new LinkedHashMap<>();
        for (Path jar : jars) {
            entries(jar)
                    .forEach((name, bytes) -> {
                        boolean service = name.startsWith(SERVICES);
                        if (name.equals("module-info.class")
                                || (service && policy == ServiceFiles.NONE)) {
                            return;
                        }
                        entries.merge(
                                name,
                                bytes,
                                (first, next) ->
                                        service && policy == ServiceFiles.MERGED
                                                ? lines(first, next)
                                                : first);
                    });
        }
        return write(target, entries);
    }

    private static byte[] lines(byte[] first, byte[] next) {
        ByteArrayOutputStream both = new ByteArrayOutputStream();
        both.writeBytes(first);
        both.write('\n');
        both.writeBytes(next);
        return both.toByteArray();
    }

    /** Jars in a jar, with the class loader that can read them, as Spring Boot makes it. */
    static Path nested(Path target, Path loader, Path application, String main, List<Path> jars)
            throws IOException {
        Map<String, byte[]> entries = new LinkedHashMap<>();
        entries.put(
                "META-INF/MANIFEST.MF",
                """
                Manifest-Version: 1.0
                Main-Class: org.springframework.boot.loader.launch.JarLauncher
                Start-Class: %s
                Spring-Boot-Classes: %s
                Spring-Boot-Lib: %s
                """
                        .formatted(main, CLASSES, LIBRARIES)
                        .getBytes(StandardCharsets.UTF_8));
        for (String folder : List.of("BOOT-INF/", CLASSES, LIBRARIES)) {
            entries.put(folder, new byte[0]);
        }
        entries(loader)
                .forEach((name, bytes) -> {
                    if (name.startsWith("org/")) {
                        entries.put(name, bytes);
                    }
                });
        entries(application)
                .forEach((name, bytes) -> {
                    if (!name.startsWith("META-INF/")) {
                        entries.put(CLASSES + name, bytes);
                    }
                });
        for (Path jar : jars) {
            entries.put(LIBRARIES + jar.getFileName(), Files.readAllBytes(jar));
        }
        return write(target, entries);
    }

    private static Map<String, byte[]> entries(Path jar) throws IOException {
        Map<String, byte[]> entries = new LinkedHashMap<>();
        try (ZipFile zip = new ZipFile(jar.toFile())) {
            for (ZipEntry entry : zip.stream().filter(e -> !e.isDirectory()).toList()) {
                try (InputStream in = zip.getInputStream(entry)) {
                    entries.put(entry.getName(), in.readAllBytes());
                }
            }
        }
        return entries;
    }

    /** Writes entries as they are, because jars in a jar must not be compressed. */
    private static Path write(Path target, Map<String, byte[]> entries) throws IOException {
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(target));
                ZipOutputStream zip = new ZipOutputStream(out)) {
            zip.setMethod(ZipOutputStream.STORED);
            for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
                byte[] bytes = entry.getValue();
                CRC32 sum = new CRC32();
                sum.update(bytes);
                ZipEntry stored = new ZipEntry(entry.getKey());
                stored.setSize(bytes.length);
                stored.setCrc(sum.getValue());
                zip.putNextEntry(stored);
                zip.write(bytes);
            }
        }
        return target;
    }
}
