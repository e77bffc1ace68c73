package io.github.lightning4j.cli;

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

/** Tests of what commands print, read and write, once more where digits or letters differ. */
class OtherLocalesTest {
    private static final List<String> CLASSES =
            List.of(
                    "InputFilesTest",
                    "LightningCommandTest",
                    "commands.DevicesCommandTest",
                    "commands.DistributeCommandTest",
                    "commands.DoctorCommandTest",
                    "commands.OptionFormsTest",
                    "commands.SlopesCommandTest",
                    "compare.ComparisonTest",
                    "compare.SweepComparisonTest",
                    "console.ExamplesTest",
                    "console.FailureTest",
                    "console.SparkSubmitTest",
                    "measure.BenchReportTest",
                    "measure.PassTest",
                    "options.SeriesArgumentsTest",
                    "report.CaveatsOfPagesTest",
                    "report.CommittedResultsTest",
                    "report.EndLabelsTest",
                    "report.SweepPageTest",
                    "results.CaveatsTest",
                    "results.SweepResultsTest",
                    "sweep.ForecastTest",
                    "text.NumbersTest",
                    "text.TableTest",
                    "text.WordsTest");

    @ParameterizedTest
    @ValueSource(strings = {"ar-EG", "tr-TR"})
    void whatCommandsSayAndWriteDoesNotDependOnTheLocale(String tag) {
        LauncherDiscoveryRequest request =
                LauncherDiscoveryRequestBuilder.request()
                        .selectors(
                                CLASSES.stream()
                                        .map(name ->
                                                selectClass("io.github.lightning4j.cli." + name))
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
