/** An application that needs attention and names no backend. */
module app {
    requires io.github.lightning4j;
}
