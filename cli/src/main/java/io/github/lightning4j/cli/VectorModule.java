package io.github.lightning4j.cli;

/**
 * The module of the Vector API, for commands that compute. {@code --add-modules} would have the JVM
 * print a warning of it before every command, which no option silences.
 */
final class VectorModule {
    private VectorModule() {}

    /**
     * Loads the module, as {@code --add-modules} does, if the launcher has exported the method of
     * the JDK that loads it. Otherwise, or where the JDK has no such module or method, nothing
     * happens: the library then says that it has no vectors.
     */
    static void load() {
        try {
            Class.forName("jdk.internal.module.Modules")
                    .getMethod("loadModule", String.class)
                    .invoke(null, "jdk.incubator.vector");
        } catch (ReflectiveOperationException e) {
            // See above.
        }
    }
}
