package io.github.lightning4j.conformance;

import io.github.lightning4j.Algorithm;
import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.LightningAttention;

import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;

import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Everything that a backend must fulfil, as tests. Extend this class once for each device:
 *
 * <pre>{@code
 * class VectorConformanceTest extends BackendConformance {
 *     @Override
 *     protected String device() {
 *         return "cpu:vector";
 *     }
 * }
 * }</pre>
 *
 * <p>Random numbers are the same in every run; {@code -Dlightning.seed=…} draws others. {@code
 * -Dlightning.test.huge=true} adds tensors of more than 2³¹ elements (8 GB of sparse files).
 */
public abstract class BackendConformance implements Subject {
    private static final String HUGE = "lightning.test.huge";

    /** For subclasses, which JUnit instantiates. */
    protected BackendConformance() {}

    /**
     * The id of the device under test.
     *
     * @return what {@link LightningAttention.Builder#device} takes
     */
    protected abstract String device();

    @Override
    public LightningAttention open(AttentionConfig config, int threads) {
        return LightningAttention.builder(config).device(device()).threads(threads).open();
    }

    /**
     * {@inheritDoc}
     *
     * @return 1, 2, 3 and 8 unless overridden
     */
    @Override
    public int[] threadCounts() {
        return new int[] {1, 2, 3, 8};
    }

    /**
     * How large the cases are.
     *
     * @return {@link Effort#FULL} unless overridden
     */
    public Effort effort() {
        return Effort.FULL;
    }

    /**
     * {@inheritDoc}
     *
     * @return all unless overridden
     */
    @Override
    public Set<Algorithm> algorithms() {
        return EnumSet.allOf(Algorithm.class);
    }

    /**
     * The topics that are tested.
     *
     * @return unless overridden, all but tensors of gigabytes, which {@code
     *     -Dlightning.test.huge=true} adds
     */
    public Set<Topic> topics() {
        return Boolean.getBoolean(HUGE)
                ? EnumSet.allOf(Topic.class)
                : EnumSet.complementOf(EnumSet.of(Topic.HUGE_TENSORS));
    }

    /**
     * Whether the device has pools of states. Where it has none, the one law of them is that it
     * says so when it is asked for one. A device whose pools are of 32 bits only leaves {@link
     * Topic#NARROW_POOLS} out of its {@link #topics()}.
     *
     * @return true unless overridden
     */
    public boolean hasPools() {
        return true;
    }

    /**
     * The laws of all {@link #topics()} as tests.
     *
     * @return a container for each topic
     */
    @TestFactory
    public Stream<DynamicNode> laws() {
        return topics().stream()
                .filter(topic -> hasPools() || topic != Topic.NARROW_POOLS)
                .map(topic ->
                        DynamicContainer.dynamicContainer(
                                topic.name(), laws(topic).map(law -> law.test(this))));
    }

    private Stream<Law> laws(Topic topic) {
        return topic == Topic.POOLS && !hasPools()
                ? Stream.of(Pools.THERE_ARE_NONE)
                : topic.laws(effort());
    }
}
