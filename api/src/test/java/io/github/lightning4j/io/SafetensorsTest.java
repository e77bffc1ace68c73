package io.github.lightning4j.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.DType;
import io.github.lightning4j.Tensor;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

class SafetensorsTest {
    @TempDir private Path folder;

    /** The bytes of a file with this header and {@code data} bytes of data. */
    static byte[] file(String header, int data) {
        byte[] json = header.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(8 + json.length + data)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(json.length)
                .put(json)
                .array();
    }

    static Safetensors parse(byte[] bytes) throws MalformedDataException {
        return Safetensors.parse("test", MemorySegment.ofArray(bytes), Arena.ofShared());
    }

    @ParameterizedTest
    @EnumSource(DType.class)
    void whatIsWrittenIsReadBack(DType dtype) throws IOException {
        Path path = folder.resolve("x.safetensors");
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        tensors.put("matrix", sequence(dtype, 3, 5));
        tensors.put("scalar", sequence(dtype));
        tensors.put("empty", sequence(dtype, 4, 0, 2));
        tensors.put("five \"axes\" \\ \n é 😀", sequence(dtype, 1, 2, 1, 3, 2));
        Map<String, String> metadata = Map.of("scale", "0.5", "ключ", "\t\u0001\"");
        SafetensorsWriter.write(path, tensors, metadata);
        try (Safetensors file = Safetensors.open(path)) {
            assertEquals(tensors.keySet(), file.names());
            assertEquals(metadata, file.metadata());
            for (String name : tensors.keySet()) {
                Tensor expected = tensors.get(name);
                Tensor actual = file.tensor(name);
                assertEquals(dtype, actual.dtype());
                assertArrayEquals(expected.shape(), actual.shape());
                assertEquals(-1, expected.segment().mismatch(actual.segment()), name);
                assertTrue(actual.segment().isReadOnly());
            }
        }
    }

    @Test
    void theSameTensorsGiveTheSameBytesAndDataIsAligned() throws IOException {
        Map<String, Tensor> tensors = Map.of("x", sequence(DType.F32, 7));
        SafetensorsWriter.write(folder.resolve("a"), tensors, Map.of("k", "v"));
        SafetensorsWriter.write(folder.resolve("b"), tensors, Map.of("k", "v"));
        byte[] a = Files.readAllBytes(folder.resolve("a"));
        assertArrayEquals(a, Files.readAllBytes(folder.resolve("b")));
        assertEquals(0, (a.length - 28) % 64);
    }

    @Test
    void theBytesDoNotDependOnTheOrderInWhichMetadataWerePut() throws IOException {
        List<String> keys = List.of("scale", "layout", "device", "producer", "e", "é", "_", "");
        Map<String, String> falling = new LinkedHashMap<>();
        keys.forEach(key -> falling.put(key, "of " + key));
        Map<String, String> rising = new LinkedHashMap<>();
        keys.reversed().forEach(key -> rising.put(key, "of " + key));
        Tensor x = sequence(DType.F32, 7);
        Path a = folder.resolve("a");
        SafetensorsWriter.write(a, Map.of("x", x), falling);
        for (Map<String, String> same : List.of(rising, Map.copyOf(falling))) {
            Path b = folder.resolve("b");
            SafetensorsWriter.write(b, Map.of("x", x), same);
            assertEquals(-1, Files.mismatch(a, b), () -> "order " + same.keySet());
        }
    }

    /** The order of {@code Map.of} is another one in each run of a JVM. */
    @Test
    void tensorsOfAMapWithoutAnOrderAreWrittenByName() throws IOException {
        Tensor x = sequence(DType.F32, 1);
        Path path = folder.resolve("x");
        SafetensorsWriter.write(path, Map.of("c", x, "a", x, "d", x, "b", x, "e", x), Map.of());
        try (Safetensors file = Safetensors.open(path)) {
            assertEquals(List.of("a", "b", "c", "d", "e"), List.copyOf(file.names()));
        }
        Map<String, Tensor> ordered = new LinkedHashMap<>();
        List.of("c", "a", "d").forEach(name -> ordered.put(name, x));
        SafetensorsWriter.write(path, ordered, Map.of());
        try (Safetensors file = Safetensors.open(path)) {
            assertEquals(List.of("c", "a", "d"), List.copyOf(file.names()));
        }
    }

    @Test
    void tensorsEndWithTheFile() throws IOException {
        Path path = folder.resolve("x");
        SafetensorsWriter.write(path, Map.of("x", sequence(DType.F32, 2)), Map.of());
        Safetensors file = Safetensors.open(path);
        Tensor x = file.tensor("x");
        file.close();
        assertThrows(IllegalStateException.class, () -> x.getDouble(0));
    }

    @Test
    void foreignDtypesAreRefusedOnlyWhenAskedFor() throws IOException {
        Safetensors file =
                parse(
                        file(
                                "{\"a\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[0,3]},"
                                    + "\"b\":{\"dtype\":\"F16\",\"shape\":[1],\"data_offsets\":[3,5]}}",
                                5));
        assertEquals(0, file.tensor("b").getDouble(0));
        assertEquals(Optional.empty(), file.find("c"));
        assertEquals(Optional.of(DType.F16), file.dtypeOf("b"));
        assertEquals(Optional.empty(), file.dtypeOf("a"));
        assertEquals(Optional.empty(), file.dtypeOf("c"));
        assertMessage(
                "tensor \"a\" has dtype \"U8\", which is not supported; it must be one of [F64,"
                        + " F32,",
                () -> file.tensor("a"));
        assertMessage("has no tensor \"c\"; it has \"a\", \"b\"", () -> file.tensor("c"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "[]|4|the header must begin with {",
                "{|0|the header's length is 1",
                "{}|4|its tensors end at 0",
                "{} x|0|something follows",
                "{\"x\":1}|0|must have dtype, shape and data_offsets",
                "{\"x\":{\"dtype\":\"F32\",\"shape\":[1]}}|4|must have dtype, shape and"
                        + " data_offsets",
                "{\"x\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0]}}|4|two data_offsets",
                "{\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}|4|needs 8 bytes;"
                        + " its data_offsets hold 4",
                "{\"x\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,8]}}|4|the file has 4"
                        + " bytes of data",
                "{\"x\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,0]}}|4|data_offsets 4"
                        + " to 0",
                "{\"x\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}|8|begins at 4;"
                        + " the one before it ends at 0",
                "{\"x\":{\"dtype\":\"F99\",\"shape\":[1],\"data_offsets\":[0,8]}}|4|the file has 4"
                        + " bytes of data",
                "{\"x\":{\"dtype\":\"F99\",\"shape\":[1],\"data_offsets\":[0,4]}}|8|its tensors end"
                        + " at 4",
                "{\"x\":{\"dtype\":\"F99\",\"shape\":[0.5],\"data_offsets\":[0,4]}}|4|must hold"
                        + " whole numbers",
                "{\"x\":{\"dtype\":7,\"shape\":[1],\"data_offsets\":[0,4]}}|4|must have dtype",
                "{\"x\":{\"dtype\":\"F32\",\"shape\":[\"1\"],\"data_offsets\":[0,4]}}|4|must hold"
                        + " whole numbers",
                "{\"x\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,0]}}|0|overflows"
                    + " 2^63",
                "{\"x\":{\"dtype\":\"F32\",\"shape\":[9223372036854775808],\"data_offsets\":[0,0]}}|0|below"
                    + " 2^63",
                "{\"x\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,0]}}|0|must hold"
                        + " whole numbers",
                "{\"x\":{\"dtype\":\"F32\",\"shape\":[1.0],\"data_offsets\":[0,4]}}|4|must hold"
                        + " whole numbers",
                "{\"x\":tru}|0|there must be a value",
                "{\"x\":-}|0|a digit after -",
                "{\"x\":{\"dtype\":\"F32\",\"shape\":[01],\"data_offsets\":[0,4]}}|4|must not begin"
                        + " with 0",
                "{\"__metadata__\":{\"a\":1}}|0|must map strings to strings",
                "{\"__metadata__\":[]}|0|must be an object",
                "{\"\\u12\u0661\u06614\":1}|0|four hexadecimal digits",
                "{\"x|0|a string is not closed",
                "{\"\\q\":1}|0|there is no escape",
                "{\"\\u12x4\":1}|0|four hexadecimal digits"
            })
    void hostileHeadersAreRefusedWithTheirReason(String header, int data, String why) {
        assertMessage(why, () -> parse(file(header, data)));
    }

    @Test
    void nestingIsBounded() throws IOException {
        String entry = "{\"x\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,4],\"y\":%s}}";
        parse(file(entry.replace("%s", "[".repeat(100) + "]".repeat(100)), 4)).close();
        for (int depth : new int[] {127, 200, 3_000_000}) {
            assertMessage(
                    "nested deeper than 128",
                    () -> parse(file(entry.replace("%s", "[".repeat(depth)), 4)));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "F4",
                "F6_E2M3",
                "F6_E3M2",
                "F8_E4M3FNUZ",
                "F8_E5M2FNUZ",
                "C64",
                "U8",
                "BOOL",
                "?"
            })
    void aTensorOfAnyOtherDtypeIsNobodysBusinessUntilItIsRead(String dtype) throws IOException {
        String header =
                "{\"w\":{\"dtype\":\"%s\",\"shape\":[7],\"data_offsets\":[0,3]},\"x\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[3,7]}}";
        try (Safetensors file = parse(file(header.replace("%s", dtype), 7))) {
            assertEquals(Set.of("w", "x"), file.names());
            assertEquals(0, file.tensor("x").getDouble(0));
            assertMessage("has dtype \"" + dtype + "\"", () -> file.tensor("w"));
        }
    }

    @Test
    void whatTheFormatsOwnReaderPassesOverIsPassedOver() throws IOException {
        String header =
                "{\"__metadata__\":null,\"x\":{\"dtype\":\"F32\",\"y\":[-1.5e-3,true,{\"z\":null}],\"shape\":[1],"
                    + "\"data_offsets\":[0,4],\"n\":123456789012345678901234567890}}";
        try (Safetensors file = parse(file(header, 4))) {
            assertEquals(Map.of(), file.metadata());
            assertEquals(1, file.tensor("x").size());
        }
    }

    @Test
    void axesAreBounded() {
        String shape = "1,".repeat(100_000) + "1";
        assertMessage(
                "has 100,001 axes; it must have at most 64",
                () ->
                        parse(
                                file(
                                        "{\"x\":{\"dtype\":\"F32\",\"shape\":["
                                                + shape
                                                + "],\"data_offsets\":[0,4]}}",
                                        4)));
    }

    @Test
    void duplicatesAndOverlapsAreRefused() {
        String x = "{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}";
        assertMessage(
                "\"x\" stands twice", () -> parse(file("{\"x\":" + x + ",\"x\":" + x + "}", 4)));
        assertMessage(
                "begins at 0; the one before it ends at 4",
                () -> parse(file("{\"x\":" + x + ",\"y\":" + x + "}", 4)));
        assertMessage("not UTF-8", () -> parse(new byte[] {3, 0, 0, 0, 0, 0, 0, 0, '{', -1, '}'}));
    }

    @Test
    void headerLengthsAreCheckedAgainstTheFile() {
        for (long length : List.of(-1L, 0L, 1L, 3L, Long.MAX_VALUE, Long.MIN_VALUE, 1L << 32)) {
            byte[] bytes = file("{}", 0);
            ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(0, length);
            assertMessage("the header's length is", () -> parse(bytes));
        }
        assertMessage("7 bytes", () -> parse(new byte[7]));
    }

    @Test
    void whatIsNoFileIsRefused() {
        assertMessage("is not a regular file", () -> Safetensors.open(folder));
        assertMessage("there is no such file", () -> Safetensors.open(folder.resolve("none")));
        assertThrows(
                IllegalArgumentException.class,
                () ->
                        SafetensorsWriter.write(
                                folder.resolve("x"),
                                Map.of("__metadata__", sequence(DType.F32, 1)),
                                Map.of()));
    }

    static Tensor sequence(DType dtype, long... shape) {
        Tensor tensor = Tensor.allocate(dtype, shape);
        for (long i = 0; i < tensor.size(); i++) {
            tensor.setDouble(i, 1.5 * i - 3);
        }
        return tensor;
    }

    /** An action that must be refused. */
    interface Refused {
        void run() throws IOException;
    }

    static String message(Refused action) {
        return String.valueOf(assertThrows(IOException.class, action::run).getMessage());
    }

    static void assertMessage(String part, Refused action) {
        String message = message(action);
        assertTrue(message.contains(part), message);
    }
}
