package io.github.lightning4j.cpu;

import io.github.lightning4j.conformance.BackendConformance;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

import java.util.Locale;

/**
 * All laws while the locale is another. Those of further widths are tried under that of the
 * machine.
 */
abstract class ConformanceUnderALocale extends BackendConformance {
    private final Locale locale;
    private final Locale before = Locale.getDefault();

    ConformanceUnderALocale(String tag) {
        locale = Locale.forLanguageTag(tag);
    }

    @BeforeEach
    void setLocale() {
        Locale.setDefault(locale);
    }

    @AfterEach
    void restoreLocale() {
        Locale.setDefault(before);
    }
}
