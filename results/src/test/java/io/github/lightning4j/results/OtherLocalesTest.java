package io.github.lightning4j.results;

import io.github.lightning4j.conformance.OtherLocale;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;

/** Tests of files and pages, once more where digits or letters differ. */
class OtherLocalesTest {
    private static final List<String> CLASSES =
            List.of(
                    "CaveatsTest",
                    "SweepResultsTest",
                    "compare.ComparisonTest",
                    "compare.SweepComparisonTest",
                    "report.CaveatsOfPagesTest",
                    "report.CommittedResultsTest",
                    "report.EndLabelsTest",
                    "report.SweepPageTest",
                    "text.NumbersTest",
                    "text.TableTest",
                    "text.WordsTest");

    @ParameterizedTest
    @ValueSource(strings = {"ar-EG", "tr-TR"})
    void filesAndPagesDoNotDependOnTheLocale(String tag) {
        OtherLocale.assertPass(tag, "io.github.lightning4j.results", CLASSES);
    }
}
