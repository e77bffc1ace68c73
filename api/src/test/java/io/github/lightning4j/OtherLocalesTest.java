package io.github.lightning4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;

import java.util.List;
import java.util.Locale;

/** Tests of what is written and told, once more where digits or the small letter for I differ. */
class OtherLocalesTest {
    private static final List<String> CLASSES =
            List.of(
                    "DecayTest",
                    "ErrorMessagesTest",
                    "TensorTest",
                    "io.NpyTest",
                    "io.ReplacedFileTest",
                    "io.SafetensorsTest",
                    "io.StateSnapshotTest");

    @ParameterizedTest
    @ValueSource(strings = {"ar-EG", "tr-TR"})
    void whatIsWrittenDoesNotDependOnTheLocale(String tag) {
        LauncherDiscoveryRequest request =
                LauncherDiscoveryRequestBuilder.request()
                        .selectors(
                                CLASSES.stream()
                                        .map(name -> selectClass("io.github.lightning4j." + name))
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
        assertTrue(summary.getTestsSucceededCount() > CLASSES.size());
    }
}
