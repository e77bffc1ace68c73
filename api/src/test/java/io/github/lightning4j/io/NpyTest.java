package io.github.lightning4j.io;

import static io.github.lightning4j.io.SafetensorsTest.assertMessage;
import static io.github.lightning4j.io.SafetensorsTest.sequence;

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

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

class NpyTest {
    @TempDir private Path folder;

    /** The bytes of a file of a version with this header and {@code data} bytes of data. */
    static byte[] file(int version, String header, int data) {
        byte[] text = header.getBytes(StandardCharsets.UTF_8);
        int prefix = version == 1 ? 10 : 12;
        ByteBuffer bytes =
                ByteBuffer.allocate(prefix + text.length + data).order(ByteOrder.LITTLE_ENDIAN);
        bytes.put((byte) 0x93).put("NUMPY".getBytes(StandardCharsets.US_ASCII));
        bytes.put((byte) version).put((byte) 0);
        if (version == 1) {
            bytes.putShort((short) text.length);
        } else {
            bytes.putInt(text.length);
        }
        return bytes.put(text).array();
    }

    static Npy parse(byte[] bytes) throws MalformedDataException {
        return Npy.parse("test", MemorySegment.ofArray(bytes), Arena.ofShared());
    }

    @ParameterizedTest
    @EnumSource(value = DType.class, mode = EnumSource.Mode.EXCLUDE, names = "BF16")
    void whatIsWrittenIsReadBack(DType dtype) throws IOException {
        for (long[] shape : new long[][] {{}, {5}, {0}, {2, 3}, {1, 2, 3, 4}}) {
            Path path = folder.resolve("x.npy");
            Tensor written = sequence(dtype, shape);
            Npy.write(path, written);
            try (Npy file = Npy.open(path)) {
                assertEquals(dtype, file.tensor().dtype());
                assertArrayEquals(shape, file.tensor().shape());
                assertEquals(-1, written.segment().mismatch(file.tensor().segment()));
            }
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1), }|1|8",
                "{\"shape\":(2,),\"descr\":\"<f4\",\"fortran_order\":True}|2|8",
                " {'descr': '<f4' , 'fortran_order': False, 'shape': () } |3|4"
            })
    void everyVersionAndSpellingIsRead(String header, int version, int data) throws IOException {
        assertEquals(data / 4, parse(file(version, header, data)).tensor().size());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "{'descr': '=f4', 'fortran_order': False, 'shape': (1,)}|4|dtype \"=f4\"; < or >"
                        + " and one of f2 f4 f8 i4 i8 can be read",
                "{'descr': '<c8', 'fortran_order': False, 'shape': (1,)}|8|dtype \"<c8\"; < or >"
                        + " and one of f2 f4 f8 i4 i8 can be read",
                "{'descr': '<V2', 'fortran_order': False, 'shape': (1,)}|2|V2 may be bf16",
                "{'descr': '<f4', 'fortran_order': False, 'shape': (3,)}|8|needs 12 bytes; the file"
                        + " has 8",
                "{'descr': '<f4', 'fortran_order': False, 'shape': (1)}|4|there must be",
                "{'descr': '<f4', 'fortran_order': False}|4|has no shape",
                "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': ()}|4|stands"
                        + " twice",
                "{'descr': '<f4', 'fortran_order': 0, 'shape': ()}|4|True or False",
                "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': ()}|4|there must be a"
                        + " string",
                "{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296,"
                        + " 4294967296)}|0|overflows",
                "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}|0|below"
                        + " 2^63",
                "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}|0|below 2^63",
                "{'descr': '<f4', 'fortran_order': False, 'shape': ()} x|4|something follows",
                "{'descr': '<\\x664', 'fortran_order': False, 'shape': ()}|4|an escape",
                "['descr']|4|there must be {",
                "{'descr|4|a string is not closed"
            })
    void hostileHeadersAreRefusedWithTheirReason(String header, int data, String why) {
        assertMessage(why, () -> parse(file(1, header, data)));
    }

    /** A file of 2 × 3 × 4 elements 0, 1, 2, … in the order that its header says. */
    private static byte[] cube(DType dtype, String descr, boolean fortran) {
        String header =
                "{'descr': '%s', 'fortran_order': %s, 'shape': (2, 3, 4), }"
                        .formatted(descr, fortran ? "True" : "False");
        byte[] bytes = file(1, header, 24 * dtype.bytes());
        ByteBuffer data =
                ByteBuffer.wrap(bytes)
                        .order(
                                descr.startsWith(">")
                                        ? ByteOrder.BIG_ENDIAN
                                        : ByteOrder.LITTLE_ENDIAN)
                        .position(bytes.length - 24 * dtype.bytes());
        for (int at = 0; at < 24; at++) {
            // In Fortran order the first index runs fastest.
            int value = fortran ? at % 2 * 12 + at / 2 % 3 * 4 + at / 6 : at;
            switch (dtype) {
                case F64 -> data.putDouble(value);
                case F32 -> data.putFloat(value);
                case F16 -> data.putShort(Float.floatToFloat16(value));
                case I64 -> data.putLong(value);
                case I32 -> data.putInt(value);
                case BF16 -> throw new AssertionError();
            }
        }
        return bytes;
    }

    @ParameterizedTest
    @CsvSource({"F64, f8", "F32, f4", "F16, f2", "I64, i8", "I32, i4"})
    void everyOrderOfBytesAndAxesGivesTheSameTensor(DType dtype, String type) throws IOException {
        for (String order : new String[] {"<", ">"}) {
            for (boolean fortran : new boolean[] {false, true}) {
                try (Npy file = parse(cube(dtype, order + type, fortran))) {
                    Tensor tensor = file.tensor();
                    assertEquals(dtype, tensor.dtype());
                    assertArrayEquals(new long[] {2, 3, 4}, tensor.shape());
                    assertTrue(tensor.segment().isReadOnly());
                    for (int i = 0; i < 24; i++) {
                        assertEquals(i, tensor.getDouble(i), order + type + fortran);
                    }
                }
            }
        }
    }

    @Test
    void v2AsNumpyWritesItGetsTheHintToo() {
        assertMessage(
                "V2 may be bf16",
                () -> parse(file(1, "{'descr': '|V2', 'fortran_order': False, 'shape': ()}", 2)));
    }

    @Test
    void foreignAndCutFilesAreRefused() {
        byte[] good = file(1, "{'descr': '<f4', 'fortran_order': False, 'shape': ()}", 4);
        assertMessage("does not begin as a .npy file does", () -> parse(new byte[20]));
        assertMessage("does not begin as a .npy file does", () -> parse(new byte[3]));
        byte[] version = good.clone();
        version[6] = 4;
        assertMessage(".npy version 4.0", () -> parse(version));
        byte[] length = good.clone();
        length[9] = (byte) 0xff;
        assertMessage("the header's length is", () -> parse(length));
        byte[] two = java.util.Arrays.copyOf(file(2, "", 0), 11);
        assertMessage("ends within its header", () -> parse(two));
    }

    @Test
    void bf16HasNoNpyType() {
        assertThrows(
                IllegalArgumentException.class,
                () -> Npy.write(folder.resolve("x"), sequence(DType.BF16, 2)));
    }
}
