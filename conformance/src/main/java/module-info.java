/** What every backend of lightning4j must hold, as JUnit tests for the authors of backends. */
module io.github.lightning4j.conformance {
    requires transitive io.github.lightning4j;
    requires transitive org.junit.jupiter.api;
    requires java.management;
    requires static org.jspecify;
    requires static org.junit.platform.launcher;

    exports io.github.lightning4j.conformance;
    exports io.github.lightning4j.conformance.mutation;
}
