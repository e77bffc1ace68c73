package io.github.lightning4j.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;

import java.util.List;
import java.util.Locale;

/**
 * Tests once more where digits or letters differ, for modules that write what programs read. Needs
 * {@code junit-platform-launcher}, which this artifact does not bring.
 */
public final class OtherLocale {
    private OtherLocale() {}

    /**
     * Runs test classes in this JVM while its locale is another one; other tests must not run
     * meanwhile.
     *
     * @param tag the locale, such as ar-EG with other digits or tr-TR with another small I
     * @param folder the package of the classes
     * @param classes their names in it, with a subpackage where they have one
     * @throws AssertionError if a test fails, with the names of those that did
     */
    public static void assertPass(String tag, String folder, List<String> classes) {
        LauncherDiscoveryRequest request =
                LauncherDiscoveryRequestBuilder.request()
                        .selectors(
                                classes.stream()
                                        .map(name -> selectClass(folder + "." + name))
                                        .toList())
                        .build();
        SummaryGeneratingListener listener = new SummaryGeneratingListener();
        Locale before = Locale.getDefault();
        Locale.setDefault(Locale.forLanguageTag(tag));
        try {
            LauncherFactory.create().execute(request, listener);
        } finally {
            Locale.setDefault(before);
        }
        TestExecutionSummary summary = listener.getSummary();
        List<String> failures =
                summary.getFailures().stream()
                        .map(failure ->
                                failure.getTestIdentifier().getDisplayName()
                                        + ": "
                                        + failure.getException())
                        .toList();
        assertEquals(List.of(), failures);
        assertTrue(summary.getTestsSucceededCount() > classes.size());
    }
}
