package io.github.lightning4j.cli.options;

import io.github.lightning4j.cli.console.UsageException;
import io.github.lightning4j.io.MalformedDataException;
import io.github.lightning4j.io.Quoted;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Option;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Ids that a model continues: on the command line, or in a file. */
public final class PromptOptions {
    private static final Path STDIN = Path.of("-");

    @Option(names = "--ids", paramLabel = "ID,…", split = ",", description = "The prompt.")
    private @Nullable List<Integer> ids;

    @Option(
            names = "--prompt-file",
            paramLabel = "FILE",
            description =
                    "A file with the ids of the prompt, with spaces, line breaks or commas between"
                            + " them; - for standard input.")
    private @Nullable Path file;

    /** The ids; none where there is no prompt. */
    public int[] ids() throws IOException {
        if (file != null && ids != null) {
            throw new UsageException("--ids and --prompt-file exclude each other");
        }
        if (file != null) {
            return read(file);
        }
        return ids == null ? new int[0] : ids.stream().mapToInt(Integer::intValue).toArray();
    }

    @SuppressWarnings("StreamResourceLeak") // standard input stays open
    private static int[] read(Path file) throws IOException {
        if (file.equals(STDIN)) {
            return new PromptText("standard input")
                    .read(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        }
        if (Files.isDirectory(file)) {
            // The operating system would not say which.
            throw new MalformedDataException(Quoted.name(file) + " is a folder, not a prompt");
        }
        try (Reader reader =
                new BufferedReader(
                        new InputStreamReader(
                                Files.newInputStream(file), StandardCharsets.UTF_8))) {
            return new PromptText(file.toString()).read(reader);
        }
    }
}
