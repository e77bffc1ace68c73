package io.github.lightning4j.cli.options;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** A file that a command writes at its end. */
public final class OutputFile {
    private OutputFile() {}

    /**
     * Says before anything is computed that a file could not be written afterwards.
     *
     * @param option of the command line
     * @param file null where it is not wanted
     */
    public static void check(String option, @Nullable Path file) throws IOException {
        if (file == null) {
            return;
        }
        Path folder = file.toAbsolutePath().getParent();
        // It is written beside its place first, unless it is a device or a pipe.
        boolean drafted = !Files.exists(file) || Files.isRegularFile(file);
        String wrong = null;
        if (Files.isDirectory(file)) {
            wrong = "that is a folder";
        } else if (folder == null || !Files.isDirectory(folder)) {
            wrong = String.format(Locale.ROOT, "the folder %s does not exist", folder);
        } else if (!Files.isWritable(Files.exists(file) ? file : folder)) {
            wrong = "it cannot be written";
        } else if (drafted && !Files.isWritable(folder)) {
            wrong = "its folder cannot be written to";
        }
        if (wrong != null) {
            throw new IOException(String.format(Locale.ROOT, "%s is %s: %s", option, file, wrong));
        }
    }
}
