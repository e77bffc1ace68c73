package io.github.lightning4j.conformance.mutation;

import io.github.lightning4j.Algorithm;
import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.conformance.Law;
import io.github.lightning4j.conformance.Subject;

import java.util.EnumSet;
import java.util.Set;

/**
 * The blocked test backend as a device under test. It is not registered as a service, so {@code
 * auto} and lists of devices do not include it.
 *
 * @param bug what is wrong with it
 */
public record BlockedSubject(Bug bug) implements Subject {
    @Override
    public LightningAttention open(AttentionConfig config, int threads) {
        return LightningAttention.over(config, new BlockedBackend(bug, threads));
    }

    /** All linear attentions, which it computes alike. */
    @Override
    public Set<Algorithm> algorithms() {
        return EnumSet.complementOf(EnumSet.of(Algorithm.SOFTMAX));
    }

    @Override
    public int[] threadCounts() {
        return new int[] {1, 2};
    }

    /**
     * Whether a law notices what is wrong with this device. A law that no bug breaks is worth
     * nothing, because it cannot fail.
     *
     * @param law a law; one that is tried on a bug that {@linkplain Bug#leavesItsTensors() leaves
     *     its tensors} must have memory of its own around them
     * @return whether the law failed here
     * @throws IllegalStateException if the law failed with anything but an {@link AssertionError}
     */
    public boolean breaks(Law law) {
        try {
            law.check().on(this);
            return false;
        } catch (AssertionError e) {
            return true;
        } catch (Exception e) {
            throw new IllegalStateException(law.name() + " on " + bug, e);
        }
    }
}
