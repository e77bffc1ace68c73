package io.github.lightning4j.tornado;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;

import java.io.PrintWriter;
import java.time.Duration;

/**
 * Runs test classes in a JVM with TornadoVM's flags, which surefire's own cannot have for each
 * device. Ends with 0 only if there were tests and all passed.
 */
final class SuiteMain {
    private static final Duration SLOW = Duration.ofSeconds(20);

    /** Begins the line that says which test begins: a process that dies tells no more. */
    static final String BEGINS = "begins ";

    private SuiteMain() {}

    /** Arguments: names of test classes. */
    public static void main(String[] args) {
        LauncherDiscoveryRequestBuilder request = LauncherDiscoveryRequestBuilder.request();
        for (String name : args) {
            request.selectors(selectClass(name));
        }
        LauncherDiscoveryRequest all = request.build();
        SummaryGeneratingListener summary = new SummaryGeneratingListener();
        LauncherFactory.create().execute(all, summary, new Progress());
        TestExecutionSummary result = summary.getSummary();
        PrintWriter out = new PrintWriter(System.out, true);
        result.printFailuresTo(out, 8);
        out.printf(
                "%d tests, %d failed, %d s%n",
                result.getTestsFoundCount(),
                result.getTotalFailureCount(),
                (result.getTimeFinished() - result.getTimeStarted()) / 1000);
        out.flush();
        boolean good = result.getTestsSucceededCount() > 0 && result.getTotalFailureCount() == 0;
        System.exit(good ? 0 : 1);
    }

    /** Says which test begins, and which fail and which are slow, as they end. */
    private static final class Progress implements TestExecutionListener {
        private long start = System.nanoTime();

        @Override
        public void executionStarted(TestIdentifier test) {
            if (test.isTest()) {
                System.out.println(BEGINS + test.getUniqueId());
            }
        }

        @Override
        public void executionFinished(TestIdentifier test, TestExecutionResult result) {
            if (!test.isTest()) {
                return;
            }
            Duration took = Duration.ofNanos(System.nanoTime() - start);
            start = System.nanoTime();
            if (result.getStatus() != TestExecutionResult.Status.SUCCESSFUL
                    || took.compareTo(SLOW) > 0) {
                System.out.printf(
                        "%s %s, %d s%n",
                        result.getStatus(), test.getDisplayName(), took.toSeconds());
            }
        }
    }
}
