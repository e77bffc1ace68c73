package io.github.lightning4j.cli;

import io.github.lightning4j.conformance.OtherLocale;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;

/** Tests of what commands print, read and write, once more where digits or letters differ. */
class OtherLocalesTest {
    private static final List<String> CLASSES =
            List.of(
                    "InputFilesTest",
                    "LightningCommandTest",
                    "commands.CompletionCommandTest",
                    "commands.DevicesCommandTest",
                    "commands.DistributeCommandTest",
                    "commands.DoctorCommandTest",
                    "commands.GenerateCommandTest",
                    "commands.OptionFormsTest",
                    "commands.SlopesCommandTest",
                    "console.ExamplesTest",
                    "console.FailureTest",
                    "console.SparkSubmitTest",
                    "measure.BenchReportTest",
                    "measure.WorkTest",
                    "options.DeviceOptionsTest",
                    "options.SeriesArgumentsTest",
                    "sweep.ForecastTest");

    @ParameterizedTest
    @ValueSource(strings = {"ar-EG", "tr-TR"})
    void whatCommandsSayAndWriteDoesNotDependOnTheLocale(String tag) {
        OtherLocale.assertPass(tag, "io.github.lightning4j.cli", CLASSES);
    }
}
