package io.github.lightning4j.cli.compare;

import io.github.lightning4j.cli.text.Figures;

import org.jspecify.annotations.Nullable;

/**
 * A pass on a device.
 *
 * @param shape the case in words
 * @param pass forward, forward+backward or decode
 * @param device id of the device
 * @param hardware the device in words
 * @param kernelMillis median of what kernels took, or null where the device has no clock
 * @param endToEndMillis median of the call, with all copies
 * @param tokensPerSecond tokens a second, end to end
 * @param timesCpu tokens a second over those of the CPU backend, or null where that is missing
 * @param timesFirst tokens a second over those of the first report of the same device, or null in
 *     that one
 * @param timesFirstInKernels what kernels took in the first report of the same device over what
 *     they take here, or null in that one and where either has no clock
 * @param worstError largest relative error against the float64 definition, or null where nothing
 *     was checked
 * @param passed whether something was checked, every error is inside its gate and it is not past
 *     the tolerance by either clock
 * @param failure why there are no figures, or null
 */
record Row(
        String shape,
        String pass,
        String device,
        String hardware,
        @Nullable Double kernelMillis,
        double endToEndMillis,
        double tokensPerSecond,
        @Nullable Double timesCpu,
        @Nullable Double timesFirst,
        @Nullable Double timesFirstInKernels,
        @Nullable Double worstError,
        boolean passed,
        @Nullable String failure) {

    /** A row without figures. */
    static Row without(String shape, String pass, String device, String hardware, String failure) {
        return new Row(
                shape, pass, device, hardware, null, 0, 0, null, null, null, null, false, failure);
    }

    Row comparedWith(@Nullable Row first, double tolerance, double cpuTokensPerSecond) {
        if (failure != null) {
            return this;
        }
        Row before = first == null || first.failure != null ? null : first;
        Double times = before == null ? null : tokensPerSecond / before.tokensPerSecond;
        Double kernels = before == null ? null : timesInKernels(before);
        return new Row(
                shape,
                pass,
                device,
                hardware,
                kernelMillis,
                endToEndMillis,
                tokensPerSecond,
                Double.isNaN(cpuTokensPerSecond) ? null : tokensPerSecond / cpuTokensPerSecond,
                times,
                kernels,
                worstError,
                passed && isInside(tolerance, times) && isInside(tolerance, kernels),
                failure);
    }

    @Nullable Double timesInKernels(Row first) {
        Double before = first.kernelMillis;
        return before == null || kernelMillis == null ? null : before / kernelMillis;
    }

    static boolean isInside(double tolerance, @Nullable Double times) {
        return times == null || times >= 1 - tolerance;
    }

    String caption() {
        return shape + ", " + pass;
    }

    String[] cells() {
        if (failure != null) {
            return new String[] {caption(), device, "", "", "", "", "", failure};
        }
        return new String[] {
            caption(),
            device,
            kernelMillis == null ? "" : Figures.millis(kernelMillis),
            Figures.millis(endToEndMillis),
            Figures.metric(tokensPerSecond),
            timesCpu == null ? "" : Figures.times(timesCpu),
            timesFirstInWords(),
            worstError == null ? "unchecked" : Figures.error(worstError) + (passed ? "" : " FAILED")
        };
    }

    String timesFirstInWords() {
        return (timesFirst == null ? "" : Figures.times(timesFirst))
                + (timesFirstInKernels == null
                        ? ""
                        : ", kernels " + Figures.times(timesFirstInKernels));
    }
}
