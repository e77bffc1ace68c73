package io.github.lightning4j.serving;

import io.github.lightning4j.LightningAttention;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;

/**
 * The tokens of a prompt as a chain of hashes, one for each length: h₀ is that of what computes
 * states, and hₙ is SHA-256 of hₙ₋₁ and token n. So a prefix is found by one hash, of any length,
 * and a state is never taken for that of other tokens or another model.
 *
 * <p>Not thread-safe.
 */
public final class PrefixChain {
    /** Bytes of a hash. */
    static final int HASH = 32;

    private final MessageDigest sha = sha256();

    /** h₀, h₁, … */
    private byte[] hashes;

    private int length;

    private PrefixChain(byte[] first) {
        hashes = Arrays.copyOf(first, 64 * HASH);
    }

    private PrefixChain(PrefixChain other) {
        hashes = other.hashes.clone();
        length = other.length;
    }

    /**
     * A chain without tokens, for states of a service.
     *
     * @param model which weights compute q, k and v: states of others are never found
     * @param service what computes states
     * @return the chain
     */
    public static PrefixChain of(String model, AttentionService service) {
        return of(model, service.layers(), service.options());
    }

    /** The same for the layers of a service. */
    static PrefixChain of(String model, List<LightningAttention> layers, ServiceOptions options) {
        StringBuilder text = new StringBuilder(model).append('\0');
        text.append(options.inputs()).append(' ').append(options.pool()).append('\0');
        for (LightningAttention layer : layers) {
            text.append(layer.device().id()).append(' ').append(layer.config()).append(' ');
            for (float slope : layer.config().slopes()) {
                text.append(String.format(Locale.ROOT, "%08x ", Float.floatToRawIntBits(slope)));
            }
            text.append(Double.doubleToRawLongBits(layer.config().scale())).append('\0');
        }
        return new PrefixChain(sha256().digest(text.toString().getBytes(StandardCharsets.UTF_8)));
    }

    /**
     * The same tokens in a chain of its own.
     *
     * @return a copy
     */
    public PrefixChain copy() {
        return new PrefixChain(this);
    }

    /**
     * Adds tokens.
     *
     * @param tokens their numbers in the vocabulary
     * @return this
     */
    public PrefixChain add(int... tokens) {
        ByteBuffer bytes = ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int token : tokens) {
            add(bytes.putInt(0, token).array());
        }
        return this;
    }

    /**
     * Adds one token that is no number, such as a piece of an image.
     *
     * @param token any bytes that tell it from others
     * @return this
     */
    public PrefixChain add(byte[] token) {
        sha.update(hashes, length * HASH, HASH);
        byte[] next = sha.digest(token);
        length++;
        if ((length + 1) * HASH > hashes.length) {
            hashes = Arrays.copyOf(hashes, Math.multiplyExact(2, hashes.length));
        }
        System.arraycopy(next, 0, hashes, length * HASH, HASH);
        return this;
    }

    /**
     * How many tokens there are.
     *
     * @return the number
     */
    public int length() {
        return length;
    }

    /** h of the first tokens; of none, that of what computes states. */
    byte[] hash(int tokens) {
        return Arrays.copyOfRange(hashes, tokens * HASH, (tokens + 1) * HASH);
    }

    /** {@link #hash} as text. */
    String name(int tokens) {
        return HexFormat.of().formatHex(hashes, tokens * HASH, (tokens + 1) * HASH);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** How long it is and where it ends. */
    @Override
    public String toString() {
        return "PrefixChain[" + length + " tokens, " + name(length) + "]";
    }
}
