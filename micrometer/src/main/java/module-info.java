/** Metrics of {@link io.github.lightning4j.serving.AttentionService} for Micrometer. */
module io.github.lightning4j.micrometer {
    requires transitive io.github.lightning4j.serving;
    requires transitive micrometer.core;
    requires static org.jspecify;

    exports io.github.lightning4j.micrometer;
}
