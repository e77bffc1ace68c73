package io.github.lightning4j.distributed;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Starts a process that works on the partitions of a job. */
@FunctionalInterface
public interface WorkerLauncher {
    /**
     * Starts one.
     *
     * @param folder of the job, as an absolute path
     * @param device on which it computes
     * @return a process that calls {@link Worker#serve} with its standard input and output
     * @throws IOException if it cannot be started
     */
    Process start(Path folder, String device) throws IOException;

    /**
     * Processes of this Java, with the options, class path and module path that this process has.
     *
     * @param threads of each on a CPU; 0: one for each processor
     * @return what starts {@link Worker#main}
     */
    static WorkerLauncher ofThisJava(int threads) {
        return (folder, device) -> {
            List<String> command = new ArrayList<>();
            command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
            for (String option : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
                // Only one process can have the port of a debugger.
                if (!option.startsWith("-agentlib:jdwp")) {
                    command.add(option);
                }
            }
            String modules = System.getProperty("jdk.module.path");
            if (modules != null) {
                command.addAll(List.of("-p", modules, "--add-modules", "ALL-MODULE-PATH"));
            }
            String classes = System.getProperty("java.class.path");
            if (!classes.isEmpty()) {
                command.addAll(List.of("-cp", classes));
            }
            Module module = Worker.class.getModule();
            String main = Worker.class.getName();
            command.addAll(
                    module.isNamed()
                            ? List.of("-m", module.getName() + "/" + main)
                            : List.of(main));
            command.addAll(List.of(folder.toString(), device, Integer.toString(threads)));
            return new ProcessBuilder(command).start();
        };
    }
}
