package io.github.lightning4j.conformance.mutation;

import static org.junit.jupiter.api.Assertions.fail;

import io.github.lightning4j.conformance.Effort;
import io.github.lightning4j.conformance.Law;
import io.github.lightning4j.conformance.Topic;

import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A gate is trusted only once it has failed: {@link MutationTest} the other way round. A class of
 * its own, so that both run at the same time.
 */
class LawsRejectTest {
    /** For each topic, the bug that its last law rejected: likely the next one does too. */
    private final Map<Topic, Bug> likely = new EnumMap<>(Topic.class);

    @TestFactory
    Stream<DynamicNode> everyLawRejectsSomeBug() {
        return topics().map(topic ->
                DynamicContainer.dynamicContainer(
                        topic.name(), topic.laws(Effort.SMALL).map(law -> rejects(topic, law))));
    }

    private static Stream<Topic> topics() {
        return Arrays.stream(Topic.values())
                .filter(topic -> topic != Topic.HUGE_TENSORS && topic != Topic.SOFTMAX);
    }

    private DynamicTest rejects(Topic topic, Law law) {
        return DynamicTest.dynamicTest(
                law.name(),
                () -> {
                    Bug first = likely.getOrDefault(topic, Bug.NAN_OUTPUT);
                    for (Bug bug : Stream.concat(Stream.of(first), bugs(topic)).toList()) {
                        if (new BlockedSubject(bug).breaks(law)) {
                            likely.put(topic, bug);
                            return;
                        }
                    }
                    fail("no bug breaks: " + law.name());
                });
    }

    /** Bugs that a topic's laws can be tried on, those it must see first. */
    private static Stream<Bug> bugs(Topic topic) {
        return Arrays.stream(Bug.values())
                .filter(bug -> bug != Bug.NONE)
                .filter(bug -> topic == Topic.MEMORY_BOUNDS || !bug.leavesItsTensors())
                .sorted(Comparator.comparing(bug -> !bug.seenBy().contains(topic)));
    }
}
