package io.github.lightning4j.results.compare;

import io.github.lightning4j.results.RecordFields;
import io.github.lightning4j.results.text.Numbers;

import org.jspecify.annotations.Nullable;

import java.util.Map;

/**
 * A pass on a device, measured or why not.
 *
 * @param id which pass of which case, and where
 * @param figures null where there are none
 * @param failure why there are no figures, or null
 * @param timesCpu tokens a second over those of the CPU backend, or null where that is missing
 * @param first how it compares with the first report of the same device, or null in that one
 * @param passed whether something was checked, every error is inside its gate and it is not past
 *     the tolerance by either clock
 */
record Row(
        Id id,
        @Nullable Figures figures,
        @Nullable String failure,
        @Nullable Double timesCpu,
        @Nullable Ratio first,
        boolean passed) {

    /**
     * What tells a row from others.
     *
     * @param shape the case in words
     * @param pass forward, forward+backward or decode
     * @param device id of the device
     * @param hardware the device in words
     */
    record Id(String shape, String pass, String device, String hardware) {
        String caption() {
            return shape + ", " + pass;
        }
    }

    /**
     * What was measured.
     *
     * @param kernelMillis median of what kernels took, or null where the device has no clock
     * @param endToEndMillis median of the call, with all copies
     * @param tokensPerSecond tokens a second, end to end
     * @param worstError largest relative error against the float64 definition, or null where
     *     nothing was checked
     */
    record Figures(
            @Nullable Double kernelMillis,
            double endToEndMillis,
            double tokensPerSecond,
            @Nullable Double worstError) {}

    /** A row of figures that has not been compared yet. */
    static Row of(Id id, Figures figures, boolean passed) {
        return new Row(id, figures, null, null, null, passed);
    }

    /** A row without figures. */
    static Row without(Id id, String failure) {
        return new Row(id, null, failure, null, null, false);
    }

    Row comparedWith(@Nullable Row before, double tolerance, double cpuTokensPerSecond) {
        if (figures == null) {
            return this;
        }
        Figures then = before == null ? null : before.figures;
        Ratio ratio =
                then == null
                        ? null
                        : Ratio.of(
                                figures.tokensPerSecond / then.tokensPerSecond,
                                then.kernelMillis,
                                figures.kernelMillis);
        return new Row(
                id,
                figures,
                null,
                Double.isNaN(cpuTokensPerSecond)
                        ? null
                        : figures.tokensPerSecond / cpuTokensPerSecond,
                ratio,
                passed && (ratio == null || ratio.isInside(tolerance)));
    }

    String[] cells() {
        if (figures == null) {
            return new String[] {
                id.caption(), id.device, "", "", "", "", "", String.valueOf(failure)
            };
        }
        return new String[] {
            id.caption(),
            id.device,
            figures.kernelMillis == null ? "" : Numbers.millis(figures.kernelMillis),
            Numbers.millis(figures.endToEndMillis),
            Numbers.metric(figures.tokensPerSecond),
            timesCpu == null ? "" : Numbers.times(timesCpu),
            firstInWords(),
            figures.worstError == null
                    ? "unchecked"
                    : Numbers.error(figures.worstError) + (passed ? "" : " FAILED")
        };
    }

    private String firstInWords() {
        if (first == null) {
            return "";
        }
        return Numbers.times(first.timesFirst())
                + (first.timesFirstInKernels() == null
                        ? ""
                        : ", kernels " + Numbers.times(first.timesFirstInKernels()));
    }

    /** As {@code --json} prints it: where there are no figures, two of them are 0. */
    Map<String, @Nullable Object> fields() {
        Map<String, @Nullable Object> fields = RecordFields.of(this);
        fields.putIfAbsent("endToEndMillis", 0.0);
        fields.putIfAbsent("tokensPerSecond", 0.0);
        return fields;
    }
}
