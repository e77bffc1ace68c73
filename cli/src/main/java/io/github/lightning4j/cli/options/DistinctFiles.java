package io.github.lightning4j.cli.options;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * The files of a command line: one that is written must be no other of them, or else what is in it
 * would be lost. One that is only read may be read for two things.
 */
public final class DistinctFiles {
    private final CommandSpec spec;
    private final Map<String, Path> files = new LinkedHashMap<>();

    /** None yet. */
    public DistinctFiles(CommandSpec spec) {
        this.spec = spec;
    }

    /**
     * One more that is read.
     *
     * @param what it is on the command line
     * @param file null where it is not wanted
     */
    public DistinctFiles reading(String what, @Nullable Path file) {
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
     * @throws ParameterException if it is one of those before
     */
    public DistinctFiles and(String what, @Nullable Path file) throws IOException {
        if (file == null) {
            return this;
        }
        for (Map.Entry<String, Path> other : files.entrySet()) {
            if (isSame(file, other.getValue())) {
                throw new ParameterException(
                        spec.commandLine(),
                        String.format(
                                Locale.ROOT,
                                "%s is %s, which is %s too; write another file",
                                what,
                                file,
                                other.getKey()));
            }
        }
        files.put(what, file);
        return this;
    }

    private static boolean isSame(Path one, Path other) throws IOException {
        if (!Files.exists(one) || !Files.exists(other)) {
            return one.toAbsolutePath().normalize().equals(other.toAbsolutePath().normalize());
        }
        return Files.isRegularFile(one) && Files.isSameFile(one, other);
    }
}
