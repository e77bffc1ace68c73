/**
 * Many conversations on one device: {@link io.github.lightning4j.serving.AttentionService} collects
 * the calls of many threads, and {@link io.github.lightning4j.serving.PrefixStore} keeps states of
 * prefixes.
 *
 * <p>Where {@code jdk.jfr} is present, a service can tell Java Flight Recorder what it does.
 */
module io.github.lightning4j.serving {
    requires transitive io.github.lightning4j;
    requires static jdk.jfr;
    requires static org.jspecify;

    exports io.github.lightning4j.serving;
}
