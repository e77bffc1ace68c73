package io.github.lightning4j.cli.text;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FiguresTest {
    @ParameterizedTest
    @CsvSource({
        "12.345, 12.35",
        "1, 1.00",
        "0.1, 0.10",
        "0.0987, 0.0987",
        "0.00314159, 0.00314",
        "0.00002, 0.0000200",
        "0, 0.00",
        "NaN, NaN"
    })
    void ratiosBelowATenthHaveThreeSignificantDigits(double times, String text) {
        assertEquals(text, Figures.times(times));
    }
}
