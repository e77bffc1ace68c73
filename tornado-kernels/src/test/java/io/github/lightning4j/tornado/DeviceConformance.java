package io.github.lightning4j.tornado;

import io.github.lightning4j.Algorithm;
import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.conformance.BackendConformance;
import io.github.lightning4j.conformance.Effort;
import io.github.lightning4j.conformance.Topic;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The conformance suite on the device {@code -Dlightning.test.device}, in a JVM with TornadoVM's
 * flags: {@link SdkDevicesTest} starts one for each device and family of kernels.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DeviceConformance extends BackendConformance {
    static final String DEVICE = "lightning.test.device";

    /**
     * Names of the few topics to look at, briefly: most compile kernels for shapes of their own.
     */
    static final String BRIEF = "lightning.test.brief";

    private static final int POOL_LAWS = 1;

    /** The second is of packed sequences in 16 bits. */
    private static final int STATE_LAW = 1;

    /** One of F32. */
    private static final int TENSOR_LAWS = 1;

    /** What differs between golden files is the dtype, packing, sizes, and which have gradients. */
    private static final List<String> GOLDEN =
            List.of("basic", "bf16", "f16", "packed_sequences", "ragged_rectangular");

    private @Nullable LightningAttention open;

    /** While it is open, what one law has compiled serves the next. */
    @BeforeAll
    void keepPlans() {
        open = open(AttentionConfig.builder(1, 16).build());
    }

    @AfterAll
    void closePlans() {
        if (open != null) {
            open.close();
        }
    }

    @Override
    protected String device() {
        return System.getProperty(DEVICE, "tornado");
    }

    @Override
    public Effort effort() {
        return isBrief() ? Effort.BRIEF : Effort.SLOW_COMPILES;
    }

    /** All states have 32 bits. */
    @Override
    public Set<Topic> topics() {
        Stream<Topic> topics =
                isBrief()
                        ? Arrays.stream(brief().split(",")).map(Topic::valueOf)
                        : super.topics().stream().filter(topic -> topic != Topic.NARROW_POOLS);
        return topics.collect(Collectors.toSet());
    }

    /** Where it is brief, a few of those laws each of which has kernels of its own. */
    @Override
    @TestFactory
    public Stream<DynamicNode> laws() {
        return isBrief() ? super.laws().map(DeviceConformance::few) : super.laws();
    }

    private static DynamicNode few(DynamicNode topic) {
        DynamicContainer laws = (DynamicContainer) topic;
        String name = laws.getDisplayName();
        Stream<? extends DynamicNode> some =
                switch (Topic.valueOf(name)) {
                    case POOLS -> laws.getChildren().limit(POOL_LAWS);
                    case FINAL_STATES -> laws.getChildren().skip(STATE_LAW).limit(1);
                    case DEVICE_TENSORS -> laws.getChildren().limit(TENSOR_LAWS);
                    case GOLDEN_FILES ->
                            laws.getChildren()
                                    .filter(law ->
                                            GOLDEN.stream()
                                                    .anyMatch(law.getDisplayName()::endsWith));
                    default -> laws.getChildren();
                };
        return DynamicContainer.dynamicContainer(name, some);
    }

    private static String brief() {
        return System.getProperty(BRIEF, "");
    }

    private static boolean isBrief() {
        return !brief().isEmpty();
    }

    @Override
    public Set<Algorithm> algorithms() {
        return EnumSet.allOf(Algorithm.class);
    }

    @Override
    public Set<Algorithm> outputsOnly() {
        return EnumSet.of(Algorithm.LEFT_PRODUCT, Algorithm.RIGHT_PRODUCT);
    }

    @Override
    public int[] threadCounts() {
        return new int[] {1, 2};
    }
}
