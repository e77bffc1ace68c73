package io.github.lightning4j.conformance;

import io.github.lightning4j.Algorithm;
import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.LightningAttention;

import java.util.EnumSet;
import java.util.Set;

/** The device under test: how the laws reach it and how much of it they may ask. */
public interface Subject {
    /** Opens the device with a bound on its threads; 0: its own choice. */
    LightningAttention open(AttentionConfig config, int threads);

    /** Opens the device. */
    default LightningAttention open(AttentionConfig config) {
        return open(config, 0);
    }

    /** Thread counts that must all give the same bits; the first is compared with the others. */
    int[] threadCounts();

    /** Sizes of the cases. */
    Effort effort();

    /** What is looked at. */
    default Set<Topic> topics() {
        return EnumSet.allOf(Topic.class);
    }

    /** What it can compute; laws of other algorithms are left out. */
    default Set<Algorithm> algorithms() {
        return EnumSet.of(Algorithm.LIGHTNING_2);
    }

    /** Those of them that it computes from empty states only, for their output alone. */
    default Set<Algorithm> outputsOnly() {
        return EnumSet.noneOf(Algorithm.class);
    }
}
