package io.github.lightning4j.io;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import com.sun.management.ThreadMXBean;

import io.github.lightning4j.DType;
import io.github.lightning4j.Tensor;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;

/**
 * Hostile bytes: mutated files of every format. A parser may throw {@link MalformedDataException}
 * or return tensors that can be read, and nothing else.
 *
 * <p>The seed is fixed, and set anew by {@code -Dlightning.seed}; a failure prints it with the
 * bytes.
 */
class ParserFuzzTest {
    private static final int INPUTS = 200_000;
    private static final long SEED = Long.getLong("lightning.seed", 20261123);

    /** A parse may allocate this and {@link #BYTES_PER_BYTE} for each byte of input. */
    private static final long FIXED_BYTES = 1 << 20;

    private static final long BYTES_PER_BYTE = 100;

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private static final List<String> TOKENS =
            List.of(
                    "{",
                    "}",
                    "[",
                    "]",
                    "\"",
                    ":",
                    ",",
                    "'",
                    "(",
                    ")",
                    "0",
                    "1",
                    "-1",
                    "1e9",
                    "0.5",
                    "4294967296",
                    "9223372036854775807",
                    "9223372036854775808",
                    "18446744073709551615",
                    "\\u0000",
                    "\\ud800",
                    "\\",
                    "null",
                    "true",
                    "False",
                    "\"dtype\"",
                    "\"shape\"",
                    "\"data_offsets\"",
                    "\"__metadata__\"",
                    "\"F32\"",
                    "\"U8\"",
                    "\"C64\"",
                    "\"BF16\"",
                    "'descr'",
                    "'fortran_order'",
                    "'<f8'",
                    "'>f4'",
                    "True",
                    "[[[[[[[[",
                    " ");

    /** Bytes that this thread has allocated so far. */
    static long allocated() {
        return THREADS.getCurrentThreadAllocatedBytes();
    }

    /** Reads an input whole. */
    private interface Parser {
        void parse(byte[] input) throws IOException;
    }

    @Test
    void safetensorsAreReadOrRefused() {
        String header =
                "{\"__metadata__\":{\"scale\":\"0.5\"},"
                        + "\"q\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[0,24]},"
                        + "\"k\":{\"dtype\":\"BF16\",\"shape\":[2],\"data_offsets\":[24,28]},"
                        + "\"b\":{\"dtype\":\"BOOL\",\"shape\":[1,1],\"data_offsets\":[28,29]}}";
        fuzz(
                SafetensorsTest.file(header, 29),
                8,
                input -> {
                    try (Safetensors file =
                            Safetensors.parse(
                                    "fuzz", MemorySegment.ofArray(input), Arena.ofShared())) {
                        for (String name : file.names()) {
                            try {
                                read(file.tensor(name));
                            } catch (MalformedDataException e) {
                                assertTrue(
                                        e.getMessage().contains("not supported"), e.getMessage());
                            }
                        }
                    }
                });
    }

    @Test
    void npyFilesAreReadOrRefused() {
        String header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }\n";
        fuzz(
                NpyTest.file(1, header, 24),
                10,
                input -> {
                    try (Npy file =
                            Npy.parse("fuzz", MemorySegment.ofArray(input), Arena.ofShared())) {
                        read(file.tensor());
                    }
                });
    }

    @Test
    void snapshotsAreReadOrRefused() {
        byte[] valid = StateSnapshot.toBytes(StateSnapshotTest.state());
        fuzz(
                valid,
                28,
                input -> {
                    // Half of the inputs get past the checksum, as a forger's would.
                    byte[] bytes =
                            input.length > 36 && Arrays.hashCode(input) % 2 == 0
                                    ? StateSnapshotTest.sealed(input)
                                    : input;
                    read(StateSnapshot.fromBytes(bytes).values());
                });
    }

    private static void read(Tensor tensor) {
        double sum = 0;
        for (long i = 0; i < tensor.size(); i++) {
            sum += tensor.getDouble(i);
        }
        assertTrue(tensor.segment().byteSize() == Tensor.byteSize(tensor.dtype(), tensor.shape()));
        assertTrue(tensor.dtype() != DType.I32 || sum == Math.rint(sum));
    }

    private static void fuzz(byte[] valid, int header, Parser parser) {
        Random random = new Random(SEED);
        int accepted = 0;
        int refused = 0;
        for (int i = 0; i < INPUTS; i++) {
            byte[] input = i == 0 ? valid.clone() : mutated(valid, header, random);
            byte[] kept = input.clone();
            long before = allocated();
            try {
                parser.parse(input);
                accepted++;
            } catch (MalformedDataException e) {
                refused++;
                assertTrue(e.getMessage() != null && e.getMessage().length() < 4000);
            } catch (Throwable e) {
                fail("seed %d, input %s".formatted(SEED, HexFormat.of().formatHex(kept)), e);
            }
            long bytes = allocated() - before;
            // The first parses load classes.
            if (i > 100 && bytes > FIXED_BYTES + BYTES_PER_BYTE * input.length) {
                fail(
                        "seed %d: %d bytes allocated for input %s"
                                .formatted(SEED, bytes, HexFormat.of().formatHex(kept)));
            }
        }
        assertTrue(accepted > INPUTS / 100, "too few inputs are valid: " + accepted);
        assertTrue(refused > INPUTS / 10, "too few inputs are hostile: " + refused);
    }

    /** One to four changes of a valid file. */
    private static byte[] mutated(byte[] valid, int header, Random random) {
        byte[] bytes = valid.clone();
        for (int changes = 1 + random.nextInt(4); changes > 0 && bytes.length > 0; changes--) {
            int at = random.nextInt(bytes.length);
            switch (random.nextInt(9)) {
                case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> bytes[at] = (byte) random.nextInt(256);
                case 2 -> bytes = Arrays.copyOf(bytes, at);
                case 3 -> bytes = Arrays.copyOf(bytes, bytes.length + 1 + random.nextInt(40));
                case 4 -> bytes = spliced(bytes, at, token(random), 0);
                case 5 -> bytes = spliced(bytes, at, token(random), 1 + random.nextInt(8));
                case 6 -> bytes = spliced(bytes, at, new byte[0], 1 + random.nextInt(8));
                case 7 -> {
                    int from = random.nextInt(bytes.length);
                    int to = Math.min(bytes.length, from + random.nextInt(40));
                    bytes = spliced(bytes, at, Arrays.copyOfRange(bytes, from, to), 0);
                }
                default -> number(bytes, random.nextInt(Math.max(1, header)), random);
            }
            if (random.nextInt(3) > 0) {
                fitLength(bytes, valid, header);
            }
        }
        return bytes;
    }

    private static byte[] token(Random random) {
        return TOKENS.get(random.nextInt(TOKENS.size())).getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] spliced(byte[] bytes, int at, byte[] piece, int removed) {
        int rest = Math.min(bytes.length, at + removed);
        byte[] result = Arrays.copyOf(bytes, at + piece.length + bytes.length - rest);
        System.arraycopy(piece, 0, result, at, piece.length);
        System.arraycopy(bytes, rest, result, at + piece.length, bytes.length - rest);
        return result;
    }

    /** Writes a number from the edges of the ranges. */
    private static void number(byte[] bytes, int at, Random random) {
        long[] edges = {
            0,
            1,
            -1,
            2,
            8,
            255,
            65535,
            Integer.MAX_VALUE,
            Integer.MIN_VALUE,
            1L << 32,
            Long.MAX_VALUE,
            Long.MIN_VALUE,
            bytes.length
        };
        long edge = edges[random.nextInt(edges.length)];
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        if (at + 8 <= bytes.length && random.nextBoolean()) {
            buffer.putLong(at, edge);
        } else if (at + 4 <= bytes.length) {
            buffer.putInt(at, (int) edge);
        }
    }

    /** Lets a header's length follow a change of its text, so that the text is looked at. */
    private static void fitLength(byte[] bytes, byte[] valid, int header) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int grown = bytes.length - valid.length;
        if (header == 8 && bytes.length >= 8) {
            long length = ByteBuffer.wrap(valid).order(ByteOrder.LITTLE_ENDIAN).getLong(0);
            buffer.putLong(0, length + grown);
        } else if (header == 10 && bytes.length >= 10) {
            int length = ByteBuffer.wrap(valid).order(ByteOrder.LITTLE_ENDIAN).getShort(8);
            buffer.putShort(8, (short) (length + grown));
        }
    }
}
