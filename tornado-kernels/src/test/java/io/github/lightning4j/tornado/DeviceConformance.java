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
import org.junit.jupiter.api.TestInstance;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Collectors;

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

    @Override
    public Set<Topic> topics() {
        return isBrief()
                ? Arrays.stream(brief().split(",")).map(Topic::valueOf).collect(Collectors.toSet())
                : super.topics();
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
    public boolean hasPools() {
        return false;
    }

    @Override
    public int[] threadCounts() {
        return new int[] {1, 2};
    }
}
