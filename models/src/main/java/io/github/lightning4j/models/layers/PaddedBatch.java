package io.github.lightning4j.models.layers;

import io.github.lightning4j.PackedSequences;
import io.github.lightning4j.Tensor;

import java.util.Arrays;
import java.util.Locale;

/**
 * A batch [B, N, …] whose rows may begin with padding, as tokenizers make them of sequences of
 * different lengths. Layers compute packed tokens, without padding. Immutable.
 */
public final class PaddedBatch {
    private final int rows;
    private final int columns;
    private final int[] padding;

    private PaddedBatch(int rows, int columns, int[] padding) {
        this.rows = rows;
        this.columns = columns;
        this.padding = padding;
    }

    /**
     * A batch without padding.
     *
     * @param rows B
     * @param columns N
     * @return the batch
     */
    public static PaddedBatch of(int rows, int columns) {
        return new PaddedBatch(rows, columns, new int[rows]);
    }

    /**
     * A batch with padding on the left.
     *
     * @param mask {@code attention_mask} [B, N] of integers: 0 for padding, 1 for tokens
     * @return the batch
     * @throws IllegalArgumentException if padding stands behind a token of its row, where it would
     *     make states decay, or an element is neither 0 nor 1
     */
    public static PaddedBatch of(Tensor mask) {
        int rows = Math.toIntExact(mask.shape(0));
        int columns = Math.toIntExact(mask.shape(1));
        int[] padding = new int[rows];
        for (int row = 0; row < rows; row++) {
            boolean begun = false;
            for (int i = 0; i < columns; i++) {
                long value = mask.getLong((long) row * columns + i);
                if (value != 1 && (value != 0 || begun)) {
                    throw new IllegalArgumentException(
                            String.format(
                                    Locale.ROOT,
                                    "attention_mask is %d at token %d of row %d; it must be 0 for"
                                            + " padding, all of which is on the left, and 1 for"
                                            + " tokens",
                                    value,
                                    i,
                                    row));
                }
                begun |= value == 1;
                padding[row] += value == 0 ? 1 : 0;
            }
        }
        return new PaddedBatch(rows, columns, padding);
    }

    /**
     * The tokens of its rows.
     *
     * @return lengths without padding
     */
    public PackedSequences sequences() {
        return PackedSequences.ofLengths(
                Arrays.stream(padding).mapToLong(p -> columns - p).toArray());
    }

    /**
     * The tokens, one after another.
     *
     * @param tensor [B, N, width] of floating-point numbers
     * @return rows of all that is not padding
     * @throws IllegalArgumentException if it has another shape
     */
    public Activations pack(Tensor tensor) {
        if (tensor.rank() != 3 || tensor.shape(0) != rows || tensor.shape(1) != columns) {
            throw new IllegalArgumentException(
                    "tensor is " + tensor + "; it must be [" + rows + ", " + columns + ", width]");
        }
        int width = Math.toIntExact(tensor.shape(2));
        Activations packed = new Activations((int) sequences().totalTokens(), width);
        float[] all = tensor.toFloatArray();
        int to = 0;
        for (int row = 0; row < rows; row++) {
            int count = (columns - padding[row]) * width;
            System.arraycopy(
                    all, (row * columns + padding[row]) * width, packed.values(), to, count);
            to += count;
        }
        return packed;
    }

    /**
     * The batch again.
     *
     * @param packed rows as {@link #pack} makes them, of any width
     * @return F32 [B, N, width], zeros where there is padding
     */
    public Tensor unpack(Activations packed) {
        int width = packed.width();
        float[] all = new float[rows * columns * width];
        int from = 0;
        for (int row = 0; row < rows; row++) {
            int count = (columns - padding[row]) * width;
            System.arraycopy(
                    packed.values(), from, all, (row * columns + padding[row]) * width, count);
            from += count;
        }
        return Tensor.ofFloats(all, rows, columns, width);
    }
}
