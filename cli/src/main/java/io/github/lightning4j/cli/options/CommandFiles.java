package io.github.lightning4j.cli.options;

import io.github.lightning4j.cli.console.UsageException;
import io.github.lightning4j.io.Quoted;
import io.github.lightning4j.io.ReplacedFile;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The files of a command line, looked at before anything is computed: one that is written must be
 * no other of them, or else what is in it would be lost. One that is only read may be read for two
 * things.
 */
public final class CommandFiles {
    private final Map<String, Path> files = new LinkedHashMap<>();

    /**
     * One more that is read.
     *
     * @param what it is on the command line
     * @param file null where it is not wanted
     */
    public CommandFiles reading(String what, @Nullable Path file) {
        if (file != null) {
            files.put(what, file);
        }
        return this;
    }

    /**
     * One more that is written.
     *
     * @param what it is on the command line
     * @param file null where it is not wanted
     * @throws UsageException if it is one of those before
     * @throws IOException if it cannot be written
     */
    public CommandFiles writing(String what, @Nullable Path file) throws IOException {
        if (file == null) {
            return this;
        }
        for (Map.Entry<String, Path> other : files.entrySet()) {
            if (isSame(file, other.getValue())) {
                throw new UsageException(
                        "%s is %s, which is %s too; write another file"
                                .formatted(what, file, other.getKey()));
            }
        }
        String wrong = wrong(file);
        if (!wrong.isEmpty()) {
            throw new IOException(what + " is " + Quoted.name(file) + ": " + wrong);
        }
        return reading(what, file);
    }

    private static boolean isSame(Path one, Path other) throws IOException {
        if (!Files.exists(one) || !Files.exists(other)) {
            return one.toAbsolutePath().normalize().equals(other.toAbsolutePath().normalize());
        }
        return Files.isRegularFile(one) && Files.isSameFile(one, other);
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
