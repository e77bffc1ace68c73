package io.github.lightning4j.conformance.mutation;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.github.lightning4j.conformance.Effort;
import io.github.lightning4j.conformance.Law;
import io.github.lightning4j.conformance.Topic;

import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** A gate is trusted only once it has failed. */
class MutationTest {
    /** The bugs that the contract names, and the topics that must each see them. */
    private static final Map<Bug, Set<Topic>> NAMED =
            Map.ofEntries(
                    Map.entry(Bug.PRE_DECAYED_QUERIES, numbers()),
                    Map.entry(Bug.PRE_DECAYED_KEYS, numbers()),
                    Map.entry(Bug.BLOCK_SIZE_ON_SHORT_BLOCK, numbers()),
                    Map.entry(Bug.NOT_CAUSAL, numbers()),
                    Map.entry(Bug.ZERO_OUTPUT, numbers()),
                    Map.entry(Bug.NAN_OUTPUT, numbers()),
                    Map.entry(Bug.IGNORED_INITIAL_STATE, numbers()),
                    Map.entry(Bug.SWAPPED_SEQUENCES, sequences()),
                    Map.entry(Bug.SWAPPED_STATES, sequences()),
                    Map.entry(Bug.READS_PAST_SEQUENCE, sequences()),
                    Map.entry(
                            Bug.DROPPED_SCALE,
                            EnumSet.of(Topic.GOLDEN_FILES, Topic.RANDOM_SHAPES, Topic.EDGE_CASES)),
                    Map.entry(
                            Bug.BF16_STATE,
                            EnumSet.of(Topic.GOLDEN_FILES, Topic.RANDOM_SHAPES, Topic.SESSIONS)),
                    Map.entry(Bug.FLOAT_LAMBDA, EnumSet.of(Topic.LONG_DECODE)));

    private static Set<Topic> numbers() {
        return EnumSet.of(
                Topic.GOLDEN_FILES, Topic.HAND_VECTORS, Topic.RANDOM_SHAPES, Topic.EDGE_CASES);
    }

    private static Set<Topic> sequences() {
        return EnumSet.of(Topic.GOLDEN_FILES, Topic.RANDOM_SHAPES, Topic.PACKING);
    }

    /** For each topic, the bug that its last law rejected: likely the next one does too. */
    private final Map<Topic, Bug> likely = new EnumMap<>(Topic.class);

    @TestFactory
    Stream<DynamicNode> everyLawHoldsAndRejectsSomeBug() {
        return topics().map(topic ->
                DynamicContainer.dynamicContainer(
                        topic.name(),
                        topic.laws(Effort.SMALL).map(law -> holdsAndRejects(topic, law))));
    }

    @TestFactory
    Stream<DynamicTest> everyBugIsRejected() {
        return Arrays.stream(Bug.values())
                .filter(bug -> bug != Bug.NONE)
                .map(bug ->
                        DynamicTest.dynamicTest(
                                bug.name(),
                                () -> {
                                    Set<Topic> named = NAMED.get(bug);
                                    if (named == null) {
                                        assertTrue(
                                                topics().anyMatch(t -> rejects(t, bug)),
                                                bug + " passes everything");
                                        return;
                                    }
                                    for (Topic topic : named) {
                                        assertTrue(rejects(topic, bug), bug + " passes " + topic);
                                    }
                                }));
    }

    private static Stream<Topic> topics() {
        return Arrays.stream(Topic.values()).filter(topic -> topic != Topic.HUGE_TENSORS);
    }

    private DynamicTest holdsAndRejects(Topic topic, Law law) {
        return DynamicTest.dynamicTest(
                law.name(),
                () -> {
                    law.check().on(new BlockedSubject(Bug.NONE, Effort.SMALL));
                    Bug first = likely.getOrDefault(topic, Bug.NAN_OUTPUT);
                    for (Bug bug : Stream.concat(Stream.of(first), bugs(topic)).toList()) {
                        if (rejects(law, bug)) {
                            likely.put(topic, bug);
                            return;
                        }
                    }
                    fail("no bug breaks: " + law.name());
                });
    }

    private static Stream<Bug> bugs(Topic topic) {
        return Arrays.stream(Bug.values())
                .filter(bug -> bug != Bug.NONE)
                .filter(bug -> topic == Topic.MEMORY_BOUNDS || !bug.leavesItsTensors());
    }

    private static boolean rejects(Topic topic, Bug bug) {
        List<Bug> possible = bugs(topic).toList();
        return possible.contains(bug)
                && topic.laws(Effort.SMALL).anyMatch(law -> rejects(law, bug));
    }

    private static boolean rejects(Law law, Bug bug) {
        try {
            law.check().on(new BlockedSubject(bug, Effort.SMALL));
            return false;
        } catch (AssertionError e) {
            return true;
        } catch (Exception e) {
            throw new IllegalStateException(law.name() + " on " + bug, e);
        }
    }
}
