/** One pass in partitions, in one process or in several on one machine. */
module io.github.lightning4j.distributed {
    requires transitive io.github.lightning4j;
    requires java.management;
    requires static org.jspecify;

    exports io.github.lightning4j.distributed;
}
