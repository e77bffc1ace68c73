package io.github.lightning4j.spark;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.BackendException;
import io.github.lightning4j.Device;
import io.github.lightning4j.cpu.CpuBackendProvider;
import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.spi.Availability;
import io.github.lightning4j.spi.Backend;
import io.github.lightning4j.spi.BackendOptions;
import io.github.lightning4j.spi.BackendProvider;
import io.github.lightning4j.spi.BackendSession;
import io.github.lightning4j.spi.BackwardBuffers;
import io.github.lightning4j.spi.DeviceStatus;
import io.github.lightning4j.spi.ForwardBuffers;
import io.github.lightning4j.spi.StateBuffers;
import io.github.lightning4j.spi.StateGradientBuffers;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;

/**
 * A CPU one call of which does not end. {@code stuck:PHASE:CALLS:FOLDER}: the call of that phase
 * after CALLS others in its process writes the id of the process to {@code FOLDER/stuck} and waits
 * until it is killed or interrupted; only one call on all executors does.
 */
public final class FaultyBackendProvider implements BackendProvider {
    /** For the service loader. */
    public FaultyBackendProvider() {}

    /** Writes a jar with this backend, which Spark brings to executors. */
    static void writeJar(Path jar) throws IOException {
        String provider = FaultyBackendProvider.class.getName();
        try (OutputStream file = Files.newOutputStream(jar);
                JarOutputStream entries = new JarOutputStream(file)) {
            entries.putNextEntry(
                    new JarEntry("META-INF/services/" + BackendProvider.class.getName()));
            entries.write(provider.getBytes(StandardCharsets.UTF_8));
            for (String name : List.of(provider, Stuck.class.getName())) {
                String entry = name.replace('.', '/') + ".class";
                entries.putNextEntry(new JarEntry(entry));
                try (InputStream in =
                        FaultyBackendProvider.class.getClassLoader().getResourceAsStream(entry)) {
                    Objects.requireNonNull(in, entry).transferTo(entries);
                }
            }
        }
    }

    @Override
    public String name() {
        return "stuck";
    }

    @Override
    public int priority() {
        return Integer.MIN_VALUE;
    }

    @Override
    public Availability availability() {
        return new Availability.Available();
    }

    @Override
    public List<DeviceStatus> devices() {
        return List.of();
    }

    @Override
    public Backend open(String deviceId, BackendOptions options) {
        String[] words = deviceId.split(":", 4);
        return new Stuck(
                words[1],
                Integer.parseInt(words[2]),
                Path.of(words[3]),
                new CpuBackendProvider().open("cpu:scalar", options));
    }

    private static final class Stuck implements Backend {
        private final String phase;
        private final int after;
        private final Path folder;
        private final Backend cpu;
        private final AtomicInteger calls = new AtomicInteger();

        Stuck(String phase, int after, Path folder, Backend cpu) {
            this.phase = phase;
            this.after = after;
            this.folder = folder;
            this.cpu = cpu;
        }

        private void meet(String at) {
            if (!at.equals(phase) || calls.getAndIncrement() < after) {
                return;
            }
            try {
                Files.createFile(folder.resolve("claimed"));
                Path whole = folder.resolve("id");
                Files.writeString(whole, Long.toString(ProcessHandle.current().pid()));
                Files.move(whole, folder.resolve("stuck"));
            } catch (FileAlreadyExistsException e) {
                return; // another call is stuck
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            while (!Thread.interrupted()) {
                LockSupport.park();
            }
            throw new BackendException("interrupted");
        }

        @Override
        public Device device() {
            return cpu.device();
        }

        @Override
        public void forward(AttentionProblem problem, ForwardBuffers buffers) {
            meet("parts");
            cpu.forward(problem, buffers);
        }

        @Override
        public void backward(AttentionProblem problem, BackwardBuffers buffers) {
            meet("parts");
            cpu.backward(problem, buffers);
        }

        @Override
        public void finalState(AttentionProblem problem, StateBuffers buffers) {
            meet("states");
            cpu.finalState(problem, buffers);
        }

        @Override
        public void initialStateGradient(AttentionProblem problem, StateGradientBuffers buffers) {
            meet("gradients");
            cpu.initialStateGradient(problem, buffers);
        }

        @Override
        public BackendSession openSession(
                AttentionConfig config, int sequences, @Nullable MemorySegment initialState) {
            return cpu.openSession(config, sequences, initialState);
        }

        @Override
        public void close() {
            cpu.close();
        }
    }
}
