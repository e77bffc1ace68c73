package io.github.lightning4j.conformance.mutation;

import io.github.lightning4j.Algorithm;
import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.conformance.BackendConformance;
import io.github.lightning4j.conformance.Effort;

import java.util.Set;

/**
 * The blocked form, written as docs/algorithm.md has it, holds everything: the same laws that
 * {@link LawsRejectTest} sees broken by bugs.
 */
class BlockedConformanceTest extends BackendConformance {
    private final BlockedSubject subject = new BlockedSubject(Bug.NONE);

    @Override
    public Set<Algorithm> algorithms() {
        return subject.algorithms();
    }

    @Override
    protected String device() {
        return "blocked";
    }

    @Override
    public LightningAttention open(AttentionConfig config, int threads) {
        return subject.open(config, threads);
    }

    @Override
    public Effort effort() {
        return Effort.SMALL;
    }
}
