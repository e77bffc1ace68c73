package io.github.lightning4j.results;

import io.github.lightning4j.io.MalformedDataException;
import io.github.lightning4j.io.Quoted;

import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.jr.ob.JSON;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Files of one JSON object. */
public final class JsonFile {
    /** More than half a million points take. */
    private static final int MOST_BYTES = 512 << 20;

    private JsonFile() {}

    /**
     * Reads a file.
     *
     * @param file of at most {@value #MOST_BYTES} bytes
     * @param what it should be, such as {@code results file of 'lightning bench'}
     * @throws IOException if it cannot be read or is something else
     */
    public static Fields read(Path file, String what) throws IOException {
        String complaint = "%s is no %s".formatted(Quoted.name(file), what);
        if (Files.isDirectory(file)) {
            throw new IOException(Quoted.name(file) + " is a folder, no " + what);
        }
        byte[] bytes;
        try (InputStream in = Files.newInputStream(file)) {
            bytes = in.readNBytes(MOST_BYTES + 1);
        }
        if (bytes.length > MOST_BYTES) {
            throw new MalformedDataException(
                    "%s: it has more than %s bytes".formatted(complaint, MOST_BYTES));
        }
        try {
            return parse(
                    complaint,
                    StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString());
        } catch (CharacterCodingException e) {
            throw new MalformedDataException(complaint + ": it is no text", e);
        }
    }

    /**
     * Reads a text.
     *
     * @param complaint how errors begin
     * @param text one JSON object and nothing else
     */
    static Fields parse(String complaint, String text) throws MalformedDataException {
        try (JsonParser parser = JSON.std.createParser(text)) {
            if (parser.nextToken() == null) {
                throw new MalformedDataException(complaint + ": it is empty");
            }
            Object json = JSON.std.anyFrom(parser);
            if (parser.nextToken() != null) {
                throw new MalformedDataException(
                        complaint + ": something stands behind its JSON document");
            }
            return Fields.of(complaint, json);
        } catch (JacksonException e) {
            int line = e.getLocation() == null ? 0 : e.getLocation().getLineNr();
            String words = Quoted.line(e.getOriginalMessage());
            throw new MalformedDataException(
                    complaint + ": " + (line > 0 ? "line " + line + ": " : "") + words, e);
        }
    }
}
