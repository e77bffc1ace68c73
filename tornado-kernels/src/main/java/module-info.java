/**
 * Lightning Attention-2 on GPUs through TornadoVM. TornadoVM's own launcher leaves applications on
 * the class path, where this declaration only says which package is meant for other modules.
 */
module io.github.lightning4j.tornado {
    requires transitive io.github.lightning4j;
    requires jdk.management;
    requires static org.jspecify;
    requires static transitive tornado.api;

    exports io.github.lightning4j.tornado;

    provides io.github.lightning4j.spi.BackendProvider with
            io.github.lightning4j.tornado.TornadoBackendProvider;
}
