package io.github.lightning4j.io;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.util.Locale;
import java.util.zip.CRC32C;

/**
 * CRC-32C (Castagnoli) of bytes that come in pieces, in any order. It is linear: the sum, without
 * carry, of what each piece would give among zeros, so the order does not matter. Thread-safe.
 */
final class DataChecksum {
    /** Digits of {@link #text}. */
    static final int DIGITS = 8;

    /** The polynomial, its highest power in the lowest bit. */
    private static final int POLYNOMIAL = 0x82F63B78;

    /** 1 as a polynomial. */
    private static final int ONE = 1 << 31;

    private static final int READ_BYTES = 1 << 20;

    /** x to the power of 8, 16, 32 …: by so much is a remainder multiplied for 1, 2, 4 … bytes. */
    private static final int[] POWERS = powers();

    private final long size;
    private long taken;
    private int sum;

    /** Of so many bytes. */
    DataChecksum(long size) {
        this.size = size;
        sum = zeros(size);
    }

    private static int[] powers() {
        int[] powers = new int[Long.SIZE];
        powers[0] = ONE >>> 8;
        for (int i = 1; i < powers.length; i++) {
            powers[i] = product(powers[i - 1], powers[i - 1]);
        }
        return powers;
    }

    /** The product of two remainders. */
    private static int product(int a, int b) {
        int product = 0;
        int shifted = b;
        for (int rest = a; rest != 0; rest <<= 1) {
            product ^= rest < 0 ? shifted : 0;
            shifted = (shifted >>> 1) ^ ((shifted & 1) == 0 ? 0 : POLYNOMIAL);
        }
        return product;
    }

    /** What a remainder is with some bytes of zeros behind it. */
    private static int shifted(int remainder, long bytes) {
        int power = ONE;
        for (int bit = 0; bytes >>> bit != 0; bit++) {
            if ((bytes >>> bit & 1) != 0) {
                power = product(POWERS[bit], power);
            }
        }
        return product(power, remainder);
    }

    /**
     * The checksum of zeros, which is not 0: it begins with ones and ends with their complement.
     */
    private static int zeros(long bytes) {
        return ~shifted(~0, bytes);
    }

    /** Takes a piece, each byte of which comes once. */
    void add(long at, MemorySegment piece) {
        CRC32C crc = new CRC32C();
        long bytes = piece.byteSize();
        for (long from = 0; from < bytes; from += READ_BYTES) {
            crc.update(piece.asSlice(from, Math.min(READ_BYTES, bytes - from)).asByteBuffer());
        }
        int own = (int) crc.getValue() ^ zeros(bytes);
        int part = shifted(own, size - at - bytes);
        synchronized (this) {
            sum ^= part;
            taken += bytes;
        }
    }

    /** Whether as many bytes have come as there are. */
    synchronized boolean isWhole() {
        return taken == size;
    }

    /** The checksum as text, once all pieces have come. */
    synchronized String text() {
        return text(sum);
    }

    private static String text(int value) {
        return String.format(Locale.ROOT, "%08x", value);
    }

    /** The checksum of a file from a place to its end. */
    static String of(SeekableByteChannel channel, long from) throws IOException {
        CRC32C crc = new CRC32C();
        try (Arena arena = Arena.ofConfined()) {
            ByteBuffer piece = arena.allocate(READ_BYTES).asByteBuffer();
            channel.position(from);
            while (channel.read(piece.clear()) >= 0) {
                crc.update(piece.flip());
            }
        }
        return text((int) crc.getValue());
    }
}
