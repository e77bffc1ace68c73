package io.github.lightning4j.conformance.mutation;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.conformance.Effort;
import io.github.lightning4j.conformance.Subject;
import io.github.lightning4j.spi.Backend;

import java.lang.reflect.Constructor;
import java.util.List;

/**
 * The blocked test backend as a device under test. It is no service, so {@code auto} and lists of
 * devices never see it.
 *
 * @param bug what is wrong with it
 * @param effort sizes of the cases
 */
record BlockedSubject(Bug bug, Effort effort) implements Subject {
    @Override
    public LightningAttention open(AttentionConfig config, int threads) {
        try {
            Constructor<LightningAttention> over =
                    LightningAttention.class.getDeclaredConstructor(
                            AttentionConfig.class, Backend.class, List.class);
            over.setAccessible(true);
            return over.newInstance(config, new BlockedBackend(bug, threads), List.of());
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public int[] threadCounts() {
        return new int[] {1, 2};
    }
}
