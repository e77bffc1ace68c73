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
 * Everything a backend must hold. Extend it once for each device:
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

    /** The id of the device under test, as {@code --device} takes it. */
    protected abstract String device();

    @Override
    public LightningAttention open(AttentionConfig config, int threads) {
        return LightningAttention.builder(config).device(device()).threads(threads).open();
    }

    @Override
    public int[] threadCounts() {
        return new int[] {1, 2, 3, 8};
    }

    @Override
    public Effort effort() {
        return Effort.FULL;
    }

    @Override
    public Set<Algorithm> algorithms() {
        return EnumSet.allOf(Algorithm.class);
    }

    /**
     * Every topic but tensors of gigabytes, which {@code -Dlightning.test.huge=true} adds.
     *
     * @return what is looked at
     */
    @Override
    public Set<Topic> topics() {
        return Boolean.getBoolean(HUGE)
                ? EnumSet.allOf(Topic.class)
                : EnumSet.complementOf(EnumSet.of(Topic.HUGE_TENSORS));
    }

    @TestFactory
    Stream<DynamicNode> laws() {
        return topics().stream()
                .map(topic ->
                        DynamicContainer.dynamicContainer(
                                topic.name(), topic.laws(effort()).map(law -> law.test(this))));
    }
}
