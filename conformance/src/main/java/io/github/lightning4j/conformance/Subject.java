package io.github.lightning4j.conformance;

import io.github.lightning4j.Algorithm;
import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.LightningAttention;

import java.util.EnumSet;
import java.util.Set;

/** The device under test: how laws open it, and what it can do. */
public interface Subject {
    /**
     * Opens the device. Laws close what they open, and may open several at once.
     *
     * @param config what is to be computed
     * @param threads the most threads that may compute; 0: as many as the device likes. A device
     *     that has no threads of its own ignores it
     * @return the open device
     */
    LightningAttention open(AttentionConfig config, int threads);

    /**
     * Opens the device with as many threads as it likes.
     *
     * @param config what is to be computed
     * @return the open device
     */
    default LightningAttention open(AttentionConfig config) {
        return open(config, 0);
    }

    /**
     * Thread counts that must all give the same bits.
     *
     * @return at least two; what the first gives is compared with the others
     */
    int[] threadCounts();

    /**
     * What the device can compute. Laws of other algorithms are left out.
     *
     * @return some algorithms, {@link Algorithm#LIGHTNING_2} among them; that alone unless
     *     overridden
     */
    default Set<Algorithm> algorithms() {
        return EnumSet.of(Algorithm.LIGHTNING_2);
    }

    /**
     * Those of {@link #algorithms()} that the device computes from empty states only and for their
     * output alone, so that it has no sessions and no final states of them.
     *
     * @return some algorithms; none unless overridden
     */
    default Set<Algorithm> outputsOnly() {
        return EnumSet.noneOf(Algorithm.class);
    }
}
