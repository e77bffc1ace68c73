package io.github.lightning4j.cli.options;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.Devices;
import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.cli.console.Console;

import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.util.ArrayList;
import java.util.List;

/** Where to run. */
public final class DeviceOptions {
    private static final int VERIFIED_HEADS = 2;

    @Option(
            names = {"-d", "--device"},
            paramLabel = "ID",
            defaultValue = Devices.AUTO,
            completionCandidates = Candidates.DeviceNames.class,
            description =
                    "auto, a backend (cpu), or an id of 'lightning devices' (default:"
                            + " ${DEFAULT-VALUE}).")
    private String device = Devices.AUTO;

    @Mixin private ThreadsOption threads = new ThreadsOption();

    @Option(
            names = "--verify-device",
            description =
                    "Compare two heads of each call with the float64 definition; an error, exit"
                            + " code 3, where they differ. Its time is in the figures.")
    private boolean verify;

    /** The id that was given. */
    public String id() {
        return device;
    }

    /** How many threads of a CPU were given; 0: one for each processor. */
    public int threads() {
        return threads.count();
    }

    /** The same options, for another process and with another id. */
    public List<String> arguments(String id) {
        List<String> arguments = new ArrayList<>(List.of("--device", id));
        arguments.addAll(List.of("--threads", Integer.toString(threads())));
        if (verify) {
            arguments.add("--verify-device");
        }
        return arguments;
    }

    /** Says that the figures have more in them than the calls, where it is so. */
    public void noticeVerification(Console console) {
        if (verify) {
            console.notice("times have those of --verify-device in them");
        }
    }

    /** Opens the device. */
    public LightningAttention open(AttentionConfig config) {
        return LightningAttention.builder(config)
                .device(device)
                .threads(threads())
                .verifyDevice(verify ? VERIFIED_HEADS : 0)
                .open();
    }
}
