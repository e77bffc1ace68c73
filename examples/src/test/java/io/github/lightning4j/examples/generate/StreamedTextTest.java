package io.github.lightning4j.examples.generate;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Text comes whole, whatever its ids are. */
class StreamedTextTest {
    /** Ids are bytes of UTF-8, and the first of all begins without the space that is in it. */
    private static String decode(long[] ids) {
        byte[] bytes = new byte[ids.length];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) ids[i];
        }
        return new String(bytes, StandardCharsets.UTF_8).stripLeading();
    }

    private static List<String> stream(String text, int length) {
        StreamedText streamed = new StreamedText(StreamedTextTest::decode);
        List<String> parts = new ArrayList<>();
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < length; i++) {
            parts.add(streamed.add(bytes[i] & 0xff));
        }
        parts.add(streamed.end());
        return parts;
    }

    @Test
    void aCharacterOfSeveralIdsComesWithTheLastOfThem() {
        assertEquals(List.of("a", "", "é", "", "", "", "🙂", "z", ""), stream("aé🙂z", 8));
    }

    @Test
    void whatAnIdDecodesToDependsOnTheOneBefore() {
        assertEquals(List.of("a", " ", "b", ""), stream("a b", 3));
    }

    @Test
    void whatNeverBecameACharacterIsGivenAtTheEnd() {
        assertEquals(List.of("a", "", "\ufffd"), stream("aé", 2));
    }

    @Test
    void nothingIsGivenTwice() {
        String text = "über allen Gipfeln ist Ruh. ".repeat(20).strip();
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        assertEquals(text, String.join("", stream(text, bytes.length)));
    }
}
