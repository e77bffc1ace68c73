package io.github.lightning4j.architecture;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import org.junit.platform.engine.DiscoverySelector;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;

import java.io.PrintWriter;
import java.util.List;
import java.util.stream.Stream;

/**
 * Runs test classes in a JVM of their own, prints how many passed, and ends with 1 if any failed.
 */
final class RunTests {
    private RunTests() {}

    /** Runs the classes of these names. */
    public static void main(String[] names) {
        List<DiscoverySelector> classes =
                Stream.of(names).<DiscoverySelector>map(name -> selectClass(name)).toList();
        SummaryGeneratingListener listener = new SummaryGeneratingListener();
        LauncherFactory.create()
                .execute(
                        LauncherDiscoveryRequestBuilder.request().selectors(classes).build(),
                        listener);
        TestExecutionSummary summary = listener.getSummary();
        PrintWriter out = new PrintWriter(System.out, true);
        summary.printFailuresTo(out, 5);
        out.println("passed " + summary.getTestsSucceededCount());
        System.exit(summary.getTotalFailureCount() == 0 ? 0 : 1);
    }
}
