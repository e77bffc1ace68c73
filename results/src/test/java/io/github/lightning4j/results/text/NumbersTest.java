package io.github.lightning4j.results.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;
import java.util.Locale;
import java.util.function.DoubleFunction;

class NumbersTest {
    private static final List<DoubleFunction<String>> ALL =
            List.of(
                    Numbers::three,
                    Numbers::metric,
                    Numbers::tick,
                    Numbers::millis,
                    Numbers::times,
                    Numbers::percent,
                    Numbers::error,
                    bytes -> Numbers.bytes((long) bytes));

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
        assertEquals(text, Numbers.times(times));
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "7, 7",
        "999.4, 999",
        "0.25, 0.250",
        "1234, 1.23 k",
        "213000, 213 k",
        "99960000, 100 M",
        "2e18, 2.00 E",
        "1e300, 1.00e+282 E",
        "1e-300, 1.00e-300"
    })
    void figuresHaveThreeDigitsAndAPrefix(double value, String text) {
        assertEquals(text, Numbers.metric(value));
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0.000 ms",
        "0.00123, 1.23 µs",
        "0.0987, 98.7 µs",
        "0.1, 0.100 ms",
        "4.311, 4.31 ms",
        "12.34, 12.3 ms",
        "1234, 1234 ms"
    })
    void shortTimesAreMicroseconds(double millis, String text) {
        assertEquals(text, Numbers.millis(millis));
    }

    @Test
    void digitsAreTheSameInEveryLocale() {
        Locale before = Locale.getDefault();
        try {
            for (DoubleFunction<String> number : ALL) {
                Locale.setDefault(Locale.ROOT);
                String text = number.apply(1234.5);
                for (String tag : List.of("ar-EG", "tr-TR", "de-DE", "hi-IN-u-nu-deva")) {
                    Locale.setDefault(Locale.forLanguageTag(tag));
                    assertEquals(text, number.apply(1234.5), tag);
                }
            }
        } finally {
            Locale.setDefault(before);
        }
    }

    @Test
    void noNumberIsLong() {
        for (double value : new double[] {Double.MIN_VALUE, 1e-300, 1e100}) {
            for (DoubleFunction<String> number :
                    List.<DoubleFunction<String>>of(
                            Numbers::three, Numbers::metric, Numbers::tick, Numbers::times)) {
                assertTrue(number.apply(value).length() < 24, () -> number.apply(value));
            }
        }
    }
}
