package io.github.lightning4j.distributed;

import io.github.lightning4j.LightningAttention;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;

/** A worker process in which something goes wrong. Arguments: folder, fault, and a file for it. */
final class FaultyWorker {
    private FaultyWorker() {}

    /** What goes wrong. */
    enum Fault {
        /** Nothing, on a device that has a clock. Drivers print what is no answer, though. */
        NONE,
        /** When it gets partition 2 for the first time, it writes its id to the file, and hangs. */
        STUCK
    }

    public static void main(String[] args) {
        Fault fault = Fault.valueOf(args[1]);
        System.out.println("a driver says hello");
        BufferedReader lines =
                new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)) {
                    @Override
                    public String readLine() throws IOException {
                        String line = super.readLine();
                        if (line != null) {
                            meet(fault, line, Path.of(args[2]));
                        }
                        return line;
                    }
                };
        Worker.serve(
                Path.of(args[0]),
                config ->
                        fault == Fault.NONE
                                ? ClockedDevice.open(config)
                                : LightningAttention.builder(config)
                                        .device("cpu:scalar")
                                        .threads(1)
                                        .open(),
                lines,
                new PrintWriter(System.out, true, StandardCharsets.UTF_8));
    }

    private static void meet(Fault fault, String task, Path file) throws IOException {
        if (fault == Fault.STUCK && task.equals("parts 2") && Files.notExists(file)) {
            Path whole = file.resolveSibling("id");
            Files.writeString(whole, Long.toString(ProcessHandle.current().pid()));
            Files.move(whole, file);
            while (true) {
                LockSupport.park(); // stuck, whatever interrupts it, until it is killed
            }
        }
    }
}
