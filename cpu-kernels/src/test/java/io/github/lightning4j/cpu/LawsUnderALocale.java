package io.github.lightning4j.cpu;

import io.github.lightning4j.conformance.BackendConformance;
import io.github.lightning4j.conformance.Effort;
import io.github.lightning4j.conformance.Topic;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/** Laws with files, snapshots, parameters and refusals, while the locale is another. */
abstract class LawsUnderALocale extends BackendConformance {
    private final Locale locale;
    private final Locale before = Locale.getDefault();

    LawsUnderALocale(String tag) {
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

    @Override
    protected String device() {
        return "cpu:scalar";
    }

    @Override
    public Effort effort() {
        return Effort.SMALL;
    }

    @Override
    public Set<Topic> topics() {
        return EnumSet.of(
                Topic.GOLDEN_FILES,
                Topic.HAND_VECTORS,
                Topic.EDGE_CASES,
                Topic.SNAPSHOTS,
                Topic.LIFECYCLE);
    }
}
