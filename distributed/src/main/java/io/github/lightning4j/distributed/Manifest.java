package io.github.lightning4j.distributed;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.io.ConfigText;
import io.github.lightning4j.io.MalformedDataException;
import io.github.lightning4j.io.Quoted;
import io.github.lightning4j.io.ReplacedFile;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;

/**
 * What a folder says of its job: the first line is the version of the form, every other a name, an
 * equals sign and a value.
 *
 * @param values by name
 */
record Manifest(Map<String, String> values) {
    private static final String FORM = "lightning4j-job/";
    private static final String VERSION = FORM + 1;
    private static final String INPUT = "input";
    private static final String FINGERPRINT = "fingerprint";

    /** Larger than any that was written. */
    private static final int MOST_BYTES = 1 << 26;

    /** The manifest of a job. */
    static Manifest of(AttentionJob job) {
        Map<String, String> values = new LinkedHashMap<>(job.description());
        values.put(FINGERPRINT, job.fingerprint());
        values.put(INPUT, job.file().name());
        return new Manifest(values);
    }

    void write(Path path) throws IOException {
        StringJoiner lines = new StringJoiner("\n", "", "\n");
        lines.add(VERSION);
        values.forEach((name, value) -> lines.add(name + "=" + value));
        ReplacedFile.writeString(path, lines.toString());
    }

    static Manifest read(Path path) throws IOException {
        String file = Quoted.file(path);
        if (Files.size(path) > MOST_BYTES) {
            throw new MalformedDataException(file + " is too large for a manifest");
        }
        String[] lines = Files.readString(path).split("\n", -1);
        if (!lines[0].equals(VERSION)) {
            throw new MalformedDataException(
                    String.format(
                            Locale.ROOT,
                            "%s begins with %s; it must begin with %s",
                            file,
                            Quoted.text(lines[0]),
                            VERSION));
        }
        Map<String, String> values = new LinkedHashMap<>();
        for (int i = 1; i < lines.length - 1; i++) {
            int equals = lines[i].indexOf('=');
            if (equals < 0) {
                throw new MalformedDataException(
                        file + ": line " + (i + 1) + " has no equals sign");
            }
            values.put(lines[i].substring(0, equals), lines[i].substring(equals + 1));
        }
        return new Manifest(values);
    }

    private String value(Path path, String name) throws MalformedDataException {
        String value = values.get(name);
        if (value == null) {
            throw new MalformedDataException(Quoted.file(path) + " has no " + name);
        }
        return value;
    }

    /** The path of the input. */
    Path input(Path path) throws IOException {
        return Path.of(value(path, INPUT));
    }

    /** The job, over its input, which must be what it was. */
    AttentionJob job(Path path, TensorFile file) throws IOException {
        AttentionJob job;
        try {
            AttentionConfig config = ConfigText.parse(value(path, "config"));
            Direction direction =
                    Direction.valueOf(value(path, "direction").toUpperCase(Locale.ROOT));
            boolean states = Boolean.parseBoolean(value(path, "states"));
            long tokens = Long.parseLong(value(path, "tokens-per-partition"));
            job = AttentionJob.of(config, direction, states, file, tokens);
        } catch (IllegalArgumentException e) {
            throw new MalformedDataException(Quoted.file(path) + ": " + e.getMessage(), e);
        }
        check(path, job);
        return job;
    }

    /** Refuses a job that is not the one of this manifest, and says in what it differs. */
    void check(Path path, AttentionJob job) throws IOException {
        if (value(path, FINGERPRINT).equals(job.fingerprint())) {
            return;
        }
        StringJoiner differences = new StringJoiner(", ");
        job.description()
                .forEach((name, value) -> {
                    if (!value.equals(values.get(name))) {
                        differences.add(name);
                    }
                });
        throw new MalformedDataException(
                String.format(
                        Locale.ROOT,
                        "%s is of another job, with another %s; name another folder, or delete it",
                        Quoted.file(path),
                        differences.length() == 0 ? FINGERPRINT : differences));
    }
}
