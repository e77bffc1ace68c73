package io.github.lightning4j.cli.results;

/**
 * What figures depend on beside shape, budget and device.
 *
 * @param version of lightning4j
 * @param system operating system and Java
 * @param threads of the CPU backend
 */
public record Conditions(String version, String system, int threads) {
    /**
     * Those of a sweep.
     *
     * @param results a sweep
     * @param threads where it does not say, as files of older versions do not
     * @return its conditions
     */
    public static Conditions of(SweepResults results, int threads) {
        Integer given = results.threads();
        return new Conditions(results.version(), results.system(), given == null ? threads : given);
    }
}
