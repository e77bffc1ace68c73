package io.github.lightning4j.cli.measure;

import org.jspecify.annotations.Nullable;

import java.lang.management.CompilationMXBean;
import java.lang.management.ManagementFactory;
import java.util.Objects;

import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;

/**
 * The JIT compiler of this process: whether it has work. A kernel of the Vector API is compiled for
 * a second or two, in which nothing else tells that its calls will soon be some hundred times as
 * fast; so HotSpot is asked for what it compiles and what waits for it (jcmd's Compiler.queue).
 * Elsewhere, and for what came and went between two questions, there is the time compiled so far.
 *
 * <p>Not thread-safe.
 */
final class Jit {
    private final @Nullable CompilationMXBean times = ManagementFactory.getCompilationMXBean();
    private long compiled = compiled();

    /** Whether it has nothing to do and had nothing since it was last asked. */
    boolean isIdle() {
        long now = compiled();
        boolean same = now == compiled;
        compiled = now;
        return same && isEmpty(queue());
    }

    private long compiled() {
        return times != null && times.isCompilationTimeMonitoringSupported()
                ? times.getTotalCompilationTime()
                : 0;
    }

    /** What HotSpot compiles and what waits, in lines under headings; empty if it does not tell. */
    static String queue() {
        MBeanServer server = ManagementFactory.getPlatformMBeanServer();
        try {
            return Objects.toString(
                    server.invoke(
                            new ObjectName("com.sun.management:type=DiagnosticCommand"),
                            "compilerQueue",
                            new Object[] {new String[0]},
                            new String[] {String[].class.getName()}),
                    "");
        } catch (JMException e) {
            return "";
        }
    }

    /** Whether such lines name no method. */
    static boolean isEmpty(String queue) {
        return queue.lines()
                .map(String::strip)
                .allMatch(line -> line.isEmpty() || line.endsWith(":") || line.equals("Empty"));
    }
}
