package io.github.lightning4j.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;
import java.util.stream.IntStream;

/** Text from elsewhere in messages: no character that a terminal obeys, and never long. */
class QuotedTest {
    /**
     * Bell, escape, delete, a C1 control, line ends, turned text, a zero-width space, half a pair.
     */
    private static final String HOSTILE =
            "\u001b[31mRED\u0007\u0000\u007f\u009b\r\n\u2028\u202egnp\u2066\u200b\ufeff\ud800\t";

    @Test
    void whatIsNotSeenIsSpelledOut() {
        assertEquals(
                "\"\\u001b[31mRED\\u0007\\u0000\\u007f\\u009b\\r\\n\\u2028\\u202egnp\\u2066\\u200b"
                        + "\\ufeff\\ud800\\t\"",
                Quoted.text(HOSTILE));
        assertEquals("\"" + Quoted.name(HOSTILE) + "\"", Quoted.text(HOSTILE));
        assertEquals(Quoted.name(HOSTILE), Quoted.line(HOSTILE));
        assertEquals("\"\\udb40\\udc01\"", Quoted.text("\udb40\udc01"), "a tag");
    }

    @Test
    void otherAlphabetsStay() {
        assertEquals("\"é ключ 鍵 😀 '\"", Quoted.text("é ключ 鍵 😀 '"));
    }

    @Test
    void quotesCannotBeEscapedFrom() {
        assertEquals("\"a\\\" \\\\\"", Quoted.text("a\" \\"));
        assertEquals("C:\\a\"", Quoted.name("C:\\a\""));
    }

    @Test
    void longTextsAreCutAndSayHowLongTheyWere() {
        assertEquals("\"" + "😀".repeat(80) + "\"", Quoted.text("😀".repeat(80)));
        assertEquals(
                "\"" + "😀".repeat(80) + "\"… (20,000 characters)",
                Quoted.text("😀".repeat(20_000)));
        assertEquals("x".repeat(2000), Quoted.line("x".repeat(2000)));
        assertEquals("x".repeat(2000) + "… (2,001 characters)", Quoted.line("x".repeat(2001)));
    }

    @Test
    void namesKeepTheirEnds() {
        assertEquals("a".repeat(256), Quoted.name("a".repeat(256)));
        assertEquals(
                "/" + "a".repeat(99) + "…" + "b".repeat(143) + ".safetensors",
                Quoted.name("/" + "a".repeat(500) + "b".repeat(500) + ".safetensors"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "0|nothing",
                "1|\"n0\"",
                "10|\"n0\", \"n1\", \"n2\", \"n3\", \"n4\", \"n5\", \"n6\", \"n7\", \"n8\", \"n9\"",
                "20000|\"n0\", \"n1\", \"n2\", \"n3\", \"n4\", \"n5\", \"n6\", \"n7\", \"n8\","
                        + " \"n9\" and 19,990 more"
            })
    void listsSayHowManyMore(int count, String expected) {
        List<String> names = IntStream.range(0, count).mapToObj(i -> "n" + i).toList();
        assertEquals(expected, Quoted.names(names));
    }

    @Test
    void noMessageOfAReaderHasTextThatATerminalObeys() {
        String name = HeaderJson.quoted(HOSTILE.repeat(100));
        String entry = "{\"dtype\":%s,\"shape\":[1],\"data_offsets\":[0,4]}".replace("%s", name);
        for (SafetensorsTest.Refused refused :
                List.<SafetensorsTest.Refused>of(
                        () -> safetensors("{" + name + ":1}").close(),
                        () -> safetensors("{" + name + ":1," + name + ":1}").close(),
                        () -> safetensors("{\"x\":" + entry + "}").tensor("x"),
                        () -> safetensors("{\"x\":" + entry + "}").tensor(HOSTILE.repeat(100)),
                        () -> safetensors("{" + name + ":" + entry + "}").tensor("x"),
                        () -> safetensors("{\"\\\u001b\":1}").close(),
                        () -> npy("{'" + HOSTILE.repeat(100) + "': 1}").close(),
                        () ->
                                npy("{'descr': '"
                                                + HOSTILE.repeat(100)
                                                + "', 'fortran_order': False, 'shape': (1,)}")
                                        .close())) {
            String message = SafetensorsTest.message(refused);
            assertTrue(message.length() < 1000, message);
            assertEquals(Quoted.line(message), message);
        }
    }

    private static Safetensors safetensors(String header) throws MalformedDataException {
        return SafetensorsTest.parse(SafetensorsTest.file(header, 4));
    }

    private static Npy npy(String header) throws MalformedDataException {
        return NpyTest.parse(NpyTest.file(3, header, 4));
    }

    @Test
    void aListOfManyNamesIsShort() throws Exception {
        StringBuilder header = new StringBuilder("{");
        for (int i = 0; i < 20_000; i++) {
            header.append(
                    "\"n%d\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]},"
                            .formatted(i));
        }
        header.setCharAt(header.length() - 1, '}');
        try (Safetensors file = SafetensorsTest.parse(SafetensorsTest.file(header.toString(), 0))) {
            SafetensorsTest.assertMessage("\"n9\" and 19,990 more", () -> file.tensor("q"));
        }
    }
}
