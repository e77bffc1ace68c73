package io.github.lightning4j.results.report;

import io.github.lightning4j.results.DeviceResults;
import io.github.lightning4j.results.text.Words;

import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

/**
 * What a device is called where people read it, taken from the {@code hardware} of its points.
 *
 * @param id of the device
 * @param hardware such as {@code NVIDIA H100 80GB HBM3}; empty where nothing was measured
 * @param platform of a TornadoVM device, such as {@code NVIDIA CUDA}, else empty
 * @param rest what else the points say, such as {@code 79 GiB, 48 KiB local memory}
 */
record DeviceName(String id, String hardware, String platform, String rest) {
    private static final String TORNADO = "tornado:";
    private static final String POCL = "PoCL";
    private static final Pattern MAKER =
            Pattern.compile("\\((R|TM)\\)|^(NVIDIA|AMD|Apple|Intel(\\(R\\))?) ");
    private static final int SHORT = 12;

    /** More would leave no room for the curves. */
    private static final int LONG = 24;

    /** The name of a device of a sweep. */
    static DeviceName of(DeviceResults device) {
        String id = Words.name(device.device());
        String said =
                Words.name(device.hardware())
                        .replace(
                                "Portable Computing Language",
                                POCL + " (Portable Computing Language)");
        List<String> parts = Arrays.asList(said.split(", "));
        int names = id.startsWith(TORNADO) && parts.size() > 1 ? 2 : 1;
        return new DeviceName(
                id,
                parts.isEmpty() ? "" : parts.getFirst(),
                names == 2 ? parts.get(1) : "",
                String.join(", ", parts.subList(Math.min(names, parts.size()), parts.size())));
    }

    /** Hardware and platform; the id where neither is known. */
    String heading() {
        return hardware.isEmpty() ? id : platform.isEmpty() ? hardware : hardware + ", " + platform;
    }

    /** All that the points say of the hardware; empty where nothing was measured. */
    String inWords() {
        return rest.isEmpty() ? hardware.isEmpty() ? "" : heading() : heading() + ", " + rest;
    }

    /** For the ends of curves and rows of tables: {@code opencl:1 (PoCL)}. */
    String label() {
        String all = id.startsWith(TORNADO) ? id.substring(TORNADO.length()) : id;
        String brief = all.length() <= LONG ? all : all.substring(0, LONG - 1) + "…";
        String word = word();
        return word.isEmpty() ? brief : "%s (%s)".formatted(brief, word);
    }

    /**
     * The word of the hardware that tells it from others: a model with its number, if it has one.
     */
    private String word() {
        if (platform.startsWith(POCL)) {
            return POCL;
        }
        String name = MAKER.matcher(hardware).replaceAll("");
        List<String> words = Arrays.asList(name.split(" "));
        String word =
                words.stream()
                        .filter(w -> w.matches(".*\\d.*") && !w.endsWith("GHz"))
                        .findFirst()
                        .orElse(name.length() <= SHORT ? name : words.getFirst());
        return word.length() <= SHORT ? word : "";
    }
}
