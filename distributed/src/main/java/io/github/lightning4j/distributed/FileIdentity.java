package io.github.lightning4j.distributed;

import io.github.lightning4j.io.MalformedDataException;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Names contents by a digest: short texts whole, large files by samples. */
final class FileIdentity {
    private static final int SAMPLES = 64;
    private static final int SAMPLE_BYTES = 1 << 12;

    private FileIdentity() {}

    /** A digest of a text. */
    static String of(String text) {
        return hex(sha256().digest(text.getBytes(StandardCharsets.UTF_8)));
    }

    /** A digest of numbers. */
    static String of(long[] numbers) {
        MessageDigest digest = sha256();
        ByteBuffer bytes = ByteBuffer.allocate(8);
        for (long number : numbers) {
            digest.update(bytes.putLong(0, number).array());
        }
        return hex(digest.digest());
    }

    /**
     * The size of a file and a digest of samples of it at equal distances, the first of which is
     * its beginning and the last its end.
     */
    static String of(SeekableByteChannel channel) throws IOException {
        long size = channel.size();
        MessageDigest digest = sha256();
        ByteBuffer sample = ByteBuffer.allocate((int) Math.min(size, SAMPLE_BYTES));
        for (int i = 0; i < SAMPLES; i++) {
            long room = size - sample.capacity();
            channel.position(i == SAMPLES - 1 ? room : room / (SAMPLES - 1) * i);
            fill("the file", channel, sample.clear());
            digest.update(sample.flip());
        }
        return size + " bytes " + hex(digest.digest());
    }

    /** Fills a buffer from where the channel is. */
    static void fill(String name, SeekableByteChannel channel, ByteBuffer buffer)
            throws IOException {
        while (buffer.hasRemaining()) {
            if (channel.read(buffer) < 0) {
                throw new MalformedDataException(name + " was cut while it was read");
            }
        }
    }

    /** Fills a buffer from a place in a file, whoever else reads it. */
    static void fill(String name, FileChannel channel, long from, ByteBuffer buffer)
            throws IOException {
        long at = from;
        while (buffer.hasRemaining()) {
            int count = channel.read(buffer, at);
            if (count < 0) {
                throw new MalformedDataException(name + " was cut while it was read");
            }
            at += count;
        }
    }

    private static String hex(byte[] digest) {
        return HexFormat.of().formatHex(digest);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
