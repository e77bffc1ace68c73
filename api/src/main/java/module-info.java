/** Lightning Attention-2 for the JVM: what a caller sees, and what a backend implements. */
module io.github.lightning4j {
    requires static org.jspecify;

    exports io.github.lightning4j;
    exports io.github.lightning4j.io;
    exports io.github.lightning4j.reference;
    exports io.github.lightning4j.spi;

    uses io.github.lightning4j.spi.BackendProvider;
}
