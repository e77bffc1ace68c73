package io.github.lightning4j.cli.commands;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.BackendException;
import io.github.lightning4j.Device;
import io.github.lightning4j.Devices;
import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.cli.console.Console;
import io.github.lightning4j.cli.console.ExitCode;
import io.github.lightning4j.cli.console.UsageException;
import io.github.lightning4j.io.Quoted;
import io.github.lightning4j.results.text.Table;
import io.github.lightning4j.results.text.Words;
import io.github.lightning4j.spi.Availability;
import io.github.lightning4j.spi.DeviceStatus;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

/**
 * {@code lightning devices}: every backend and device, with the reason for each that cannot run.
 */
@Command(
        name = "devices",
        header = "List every backend and device, and why those that cannot run cannot.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  lightning devices",
            "  lightning devices --json | jq -r '.devices[] | select(.available) | .id'",
        })
public final class DevicesCommand implements Callable<Integer> {
    private static final String SPIRV = "tornado:spirv:";
    private static final String UNTRIED = "; never run by lightning4j's authors";

    @Mixin private Console console = new Console();

    @Option(
            names = "--usable",
            description = "Only the ids of devices that can run, one a line, for scripts.")
    private boolean usable;

    @Option(
            names = "--ids",
            description = "Only the ids of all devices, one a line, also of those that cannot run.")
    private boolean ids;

    /**
     * The result.
     *
     * @param backends every backend, the preferred first
     * @param devices every device of every backend
     * @param auto id of the device that {@code --device auto} takes, or null where it takes none
     * @param notices why it takes no better one
     */
    record Listing(
            List<BackendEntry> backends,
            List<DeviceEntry> devices,
            @Nullable String auto,
            List<String> notices) {}

    /**
     * A backend.
     *
     * @param name its name
     * @param available whether any of its devices can run
     * @param reason why not, or null
     */
    record BackendEntry(String name, boolean available, @Nullable String reason) {}

    /**
     * A device.
     *
     * @param id what {@code --device} takes
     * @param name the hardware in words
     * @param kind CPU, GPU or ACCELERATOR
     * @param description details
     * @param available whether it can run
     * @param reason why not, or null
     */
    record DeviceEntry(
            String id,
            String name,
            String kind,
            String description,
            boolean available,
            @Nullable String reason) {}

    @Override
    public Integer call() throws Exception {
        if (ids || usable) {
            printIds();
            return ExitCode.OK;
        }
        List<BackendEntry> backends = new ArrayList<>();
        List<DeviceEntry> devices = new ArrayList<>();
        Table table = new Table("DEVICE", "HARDWARE", "CAN RUN", "DETAILS");
        for (Devices.BackendStatus backend : Devices.list()) {
            String reason = reason(backend.availability());
            backends.add(new BackendEntry(backend.backend(), reason == null, reason));
            if (reason != null) {
                table.row(backend.backend(), "", "no", reason);
            }
            for (DeviceStatus status : backend.devices()) {
                DeviceEntry entry = entry(status);
                devices.add(entry);
                table.row(
                        entry.id(),
                        Quoted.name(entry.name()),
                        entry.available() ? "yes" : "no",
                        entry.reason() == null ? Quoted.line(entry.description()) : entry.reason());
            }
        }
        try (LightningAttention best =
                LightningAttention.open(AttentionConfig.builder(1, 1).build())) {
            List<String> notices = best.notices().stream().map(Words::said).toList();
            console.result(
                    new Listing(backends, devices, best.device().id(), notices),
                    "%s%n--device auto is %s".formatted(table, Console.chosen(best)));
        } catch (BackendException e) {
            String why = Words.said(String.valueOf(e.getMessage()));
            console.result(
                    new Listing(backends, devices, null, List.of(why)),
                    "%s%n--device auto takes none: %s".formatted(table, why));
        }
        return ExitCode.OK;
    }

    private void printIds() {
        if (console.isJson() || (ids && usable)) {
            throw new UsageException("--ids, --usable and --json exclude each other");
        }
        // Those that are only named are not tried, which takes seconds for each.
        List<String> lines =
                ids
                        ? Devices.found().stream().map(Device::id).toList()
                        : Devices.list().stream()
                                .flatMap(backend -> backend.devices().stream())
                                .filter(status -> reason(status.availability()) == null)
                                .map(status -> status.device().id())
                                .toList();
        lines.forEach(console.out()::println);
    }

    /** A device as it is listed. */
    static DeviceEntry entry(DeviceStatus status) {
        String reason = reason(status.availability());
        String description = status.device().description();
        return new DeviceEntry(
                status.device().id(),
                status.device().name(),
                status.device().kind().name(),
                reason == null && status.device().id().startsWith(SPIRV)
                        ? description + UNTRIED
                        : description,
                reason == null,
                reason);
    }

    private static @Nullable String reason(Availability availability) {
        return switch (availability) {
            case Availability.Available() -> null;
            case Availability.Unavailable(String reason) -> Words.said(reason);
        };
    }
}
