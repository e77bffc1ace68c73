package io.github.lightning4j.tornado.generator;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Writes the kernels of tensor cores, which are too long to be written by hand. */
public final class GenerateKernels {
    private static final String PACKAGE = "io.github.lightning4j.tornado.kernels";
    private static final String API = "uk.ac.manchester.tornado.api.";
    private static final String CLASS = "TensorKernels";

    private GenerateKernels() {}

    /** Writes them below the folder that is the only argument. */
    public static void main(String[] args) throws IOException {
        Path folder = Path.of(args[0], PACKAGE.split("\\."));
        Files.createDirectories(folder);
        Path file = folder.resolve(CLASS + ".java");
        // What an earlier version wrote under another name would be compiled too.
        try (DirectoryStream<Path> there = Files.newDirectoryStream(folder, "*.java")) {
            for (Path other : there) {
                if (!other.equals(file)) {
                    Files.delete(other);
                }
            }
        }
        String text = kernels();
        // An unchanged file keeps its time, so that nothing is compiled again.
        if (!Files.exists(file) || !Files.readString(file).equals(text)) {
            Files.writeString(file, text);
        }
    }

    private static String kernels() {
        JavaText java = new JavaText();
        java.line("package %s;", PACKAGE);
        java.line("");
        for (String type :
                List.of(
                        "KernelContext",
                        "enums.MMAShape",
                        "math.TornadoMath",
                        "types.BFloat16",
                        "types.HalfFloat",
                        "types.arrays.FloatArray",
                        "types.arrays.HalfFloatArray",
                        "types.arrays.IntArray",
                        "types.arrays.LongArray",
                        "types.collections.VectorFloat4",
                        "types.vectors.Float4",
                        "types.vectors.Half2")) {
            java.line("import %s%s;", API, type);
        }
        java.line("");
        java.line("/** Passes on tensor cores; the build writes this file. */");
        // Each stage of a chunk names all that a lane may need there.
        java.line("@SuppressWarnings(\"UnusedVariable\")");
        java.line("public final class %s {", CLASS);
        java.line("private %s() {}", CLASS);
        for (Elements elements : Elements.values()) {
            for (int depth : new int[] {64, 128}) {
                java.line("");
                new TensorForward(java, elements, depth).write();
                java.line("");
                new TensorStates(java, elements, depth).write();
            }
        }
        java.line("}");
        return java.toString();
    }
}
