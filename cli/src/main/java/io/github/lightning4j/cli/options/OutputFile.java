package io.github.lightning4j.cli.options;

import io.github.lightning4j.io.Quoted;
import io.github.lightning4j.io.ReplacedFile;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

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
        String wrong = wrong(file);
        if (!wrong.isEmpty()) {
            throw new IOException(option + " is " + Quoted.name(file) + ": " + wrong);
        }
    }

    private static String wrong(Path file) throws IOException {
        if (Files.isDirectory(file)) {
            return "that is a folder";
        }
        // Its folder could be written to, and the file be replaced; but somebody protected it.
        if (Files.exists(file) && !Files.isWritable(file)) {
            return "it cannot be written";
        }
        try {
            ReplacedFile.checkWritable(file);
            return "";
        } catch (NoSuchFileException e) {
            return "its folder does not exist";
        } catch (AccessDeniedException e) {
            return "its folder cannot be written to";
        } catch (FileSystemException e) {
            return e.getReason() == null ? String.valueOf(e.getMessage()) : e.getReason();
        }
    }
}
