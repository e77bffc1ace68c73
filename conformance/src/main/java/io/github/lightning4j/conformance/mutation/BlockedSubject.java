package io.github.lightning4j.conformance.mutation;

import io.github.lightning4j.Algorithm;
import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.conformance.Effort;
import io.github.lightning4j.conformance.Subject;

import java.util.EnumSet;
import java.util.Set;

/**
 * The blocked test backend as a device under test. It is no service, so {@code auto} and lists of
 * devices never see it.
 *
 * @param bug what is wrong with it
 * @param effort sizes of the cases
 */
public record BlockedSubject(Bug bug, Effort effort) implements Subject {
    @Override
    public LightningAttention open(AttentionConfig config, int threads) {
        return LightningAttention.over(config, new BlockedBackend(bug, threads));
    }

    /** All linear attentions, for it computes them alike. */
    @Override
    public Set<Algorithm> algorithms() {
        return EnumSet.complementOf(EnumSet.of(Algorithm.SOFTMAX));
    }

    @Override
    public int[] threadCounts() {
        return new int[] {1, 2};
    }
}
