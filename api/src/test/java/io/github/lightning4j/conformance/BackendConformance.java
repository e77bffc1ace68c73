package io.github.lightning4j.conformance;

import io.github.lightning4j.Algorithm;
import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.LightningAttention;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

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

    @TestFactory
    Stream<DynamicTest> goldenFiles() {
        return tests(Topic.GOLDEN_FILES);
    }

    @TestFactory
    Stream<DynamicTest> handVectors() {
        return tests(Topic.HAND_VECTORS);
    }

    @TestFactory
    Stream<DynamicTest> randomShapes() {
        return tests(Topic.RANDOM_SHAPES);
    }

    @TestFactory
    Stream<DynamicTest> edgeCases() {
        return tests(Topic.EDGE_CASES);
    }

    @TestFactory
    Stream<DynamicTest> segments() {
        return tests(Topic.SEGMENTS);
    }

    @TestFactory
    Stream<DynamicTest> independence() {
        return tests(Topic.INDEPENDENCE);
    }

    @TestFactory
    Stream<DynamicTest> packing() {
        return tests(Topic.PACKING);
    }

    @TestFactory
    Stream<DynamicTest> memoryBounds() {
        return tests(Topic.MEMORY_BOUNDS);
    }

    @TestFactory
    Stream<DynamicTest> sessions() {
        return tests(Topic.SESSIONS);
    }

    @TestFactory
    Stream<DynamicTest> snapshots() {
        return tests(Topic.SNAPSHOTS);
    }

    @TestFactory
    Stream<DynamicTest> longDecode() {
        return tests(Topic.LONG_DECODE);
    }

    @TestFactory
    Stream<DynamicTest> threads() {
        return tests(Topic.THREADS);
    }

    @TestFactory
    Stream<DynamicTest> gradients() {
        return tests(Topic.GRADIENTS);
    }

    @TestFactory
    Stream<DynamicTest> algorithmsOneByOne() {
        return tests(Topic.ALGORITHMS);
    }

    @TestFactory
    Stream<DynamicTest> softmax() {
        return tests(Topic.SOFTMAX);
    }

    @TestFactory
    Stream<DynamicTest> lifecycle() {
        return tests(Topic.LIFECYCLE);
    }

    @Tag("huge")
    @EnabledIfSystemProperty(named = "lightning.test.huge", matches = "true")
    @TestFactory
    Stream<DynamicTest> hugeTensors() {
        return tests(Topic.HUGE_TENSORS);
    }

    private Stream<DynamicTest> tests(Topic topic) {
        return topics().contains(topic)
                ? topic.laws(effort()).map(law -> law.test(this))
                : Stream.empty();
    }
}
