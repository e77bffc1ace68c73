package io.github.lightning4j.cli.sweep;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.Devices;
import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.cli.console.Console;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;

/**
 * The devices of a sweep, also those of TornadoVM backends that this process was not started with.
 */
final class SweepDevices {
    private static final String ALL = "all";
    private static final String SDK = "tornado-sdk";
    private static final String TORNADO = "tornado:";

    /** What the launcher takes the backend from where no device names one. */
    private static final String BACKEND = "LIGHTNING_TORNADO_BACKEND";

    private SweepDevices() {}

    /**
     * Names in ids: {@code all} becomes every device, {@code auto} the one it means.
     *
     * @param console says why {@code auto} means no better one
     */
    static List<String> of(List<String> names, Console console)
            throws IOException, InterruptedException {
        Set<String> ids = new LinkedHashSet<>();
        for (String name : names) {
            switch (name) {
                case ALL -> ids.addAll(all(() -> false));
                case Devices.AUTO -> ids.add(best(console));
                default -> ids.add(name);
            }
        }
        return List.copyOf(ids);
    }

    private static String best(Console console) {
        try (LightningAttention attention =
                LightningAttention.open(AttentionConfig.builder(1, 1).build())) {
            console.notices(attention);
            return attention.device().id();
        }
    }

    /**
     * Devices of every backend, each asked in a process of its own, then the best of the CPU. Those
     * that cannot run and backends without any are there all the same: their series say why.
     */
    static List<String> all(BooleanSupplier stopped) throws IOException, InterruptedException {
        List<String> ids = new ArrayList<>();
        for (String backend : backends()) {
            int before = ids.size();
            try (SeriesProcess process =
                    SeriesProcess.start(List.of("devices", "--ids"), Map.of(BACKEND, backend))) {
                for (String line = process.next(120, stopped);
                        line != null;
                        line = process.next(120, stopped)) {
                    if (line.startsWith(TORNADO + backend + ":")) {
                        ids.add(line);
                    }
                }
            }
            if (ids.size() == before) {
                ids.add(TORNADO + backend);
            }
        }
        ids.add("cpu");
        return ids;
    }

    private static List<String> backends() throws IOException, InterruptedException {
        String launcher = System.getenv("LIGHTNING_LAUNCHER");
        Path sdk = launcher == null ? null : Path.of(launcher).resolveSibling(SDK);
        if (sdk == null || !Files.isExecutable(sdk)) {
            return List.of();
        }
        Process process = new ProcessBuilder(sdk.toString(), "backends").start();
        try (BufferedReader reader = process.inputReader()) {
            List<String> backends = reader.lines().filter(line -> !line.isBlank()).toList();
            process.waitFor();
            return backends;
        }
    }
}
