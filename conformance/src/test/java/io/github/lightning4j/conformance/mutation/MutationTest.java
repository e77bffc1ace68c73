package io.github.lightning4j.conformance.mutation;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.conformance.Effort;
import io.github.lightning4j.conformance.Topic;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

import java.util.Arrays;
import java.util.stream.Stream;

/**
 * A gate is trusted only once it has failed. {@link LawsRejectTest} shows it of every law, {@link
 * BlockedConformanceTest} that the same laws hold where there is no bug.
 */
class MutationTest {
    @TestFactory
    Stream<DynamicTest> everyBugIsRejectedByEachTopicThatMustSeeIt() {
        return Arrays.stream(Bug.values())
                .filter(bug -> bug != Bug.NONE)
                .flatMap(
                        bug -> bug.seenBy().stream().sorted().map(topic -> isRejected(topic, bug)));
    }

    private static DynamicTest isRejected(Topic topic, Bug bug) {
        String name = bug + " by " + topic;
        return DynamicTest.dynamicTest(
                name,
                () ->
                        assertTrue(
                                topic.laws(Effort.SMALL).anyMatch(new BlockedSubject(bug)::breaks),
                                "not rejected: " + name));
    }
}
