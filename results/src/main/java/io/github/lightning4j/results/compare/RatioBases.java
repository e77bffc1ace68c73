package io.github.lightning4j.results.compare;

import io.github.lightning4j.results.text.Words;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * What ratios of a comparison of sweeps are to.
 *
 * @param files that others are compared with on the same device, by their letters
 * @param devices that others of the same file are compared with
 */
record RatioBases(Set<String> files, Set<String> devices) {
    /** In words; empty where there are no ratios. */
    String inWords() {
        List<String> words = new ArrayList<>();
        if (!files.isEmpty()) {
            String file =
                    files.size() == 1
                            ? files.iterator().next()
                            : "the first file that has the point";
            words.add(file + " on the same device");
        }
        if (!devices.isEmpty()) {
            String device =
                    devices.size() == 1
                            ? Words.name(devices.iterator().next())
                            : "the first device";
            words.add(device + " in the same file");
        }
        return String.join(", or else of ", words);
    }
}
