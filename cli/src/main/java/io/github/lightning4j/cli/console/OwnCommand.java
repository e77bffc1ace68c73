package io.github.lightning4j.cli.console;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;

/** This program in processes of their own, for what one process cannot do. */
public final class OwnCommand {
    private static final String LAUNCHER = "LIGHTNING_LAUNCHER";

    /** By name, because it knows the commands that use this. */
    private static final String MAIN_CLASS = "io.github.lightning4j.cli.LightningCommand";

    private OwnCommand() {}

    /**
     * A process that runs a command through the launcher that started this one, which knows how to
     * start another TornadoVM backend; where there was none, with this JVM's own options.
     *
     * @param arguments the command and its options
     */
    public static ProcessBuilder builder(List<String> arguments) {
        List<String> command = new ArrayList<>();
        String launcher = System.getenv(LAUNCHER);
        if (launcher != null) {
            command.add(launcher);
        } else {
            command.add(ProcessHandle.current().info().command().orElse("java"));
            command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
            command.addAll(List.of("-cp", System.getProperty("java.class.path"), MAIN_CLASS));
        }
        command.addAll(arguments);
        return new ProcessBuilder(command);
    }
}
