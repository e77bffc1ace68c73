package io.github.lightning4j.cli.options;

import io.github.lightning4j.Algorithm;
import io.github.lightning4j.Devices;
import io.github.lightning4j.cli.text.Words;

import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;

/** What shells offer for options whose values are no constants. */
final class Candidates {
    private static final String ALL = "all";

    /** Backends, of which each takes its best device, and those of a CPU. */
    private static final List<String> DEVICES =
            List.of(
                    "cpu",
                    "cpu:vector",
                    "cpu:scalar",
                    "tornado",
                    "tornado:cuda",
                    "tornado:opencl",
                    "tornado:ptx",
                    "tornado:spirv");

    private Candidates() {}

    /** Presets of a decay; layers and slopes are numbers. */
    static final class Decays implements Iterable<String> {
        /** For picocli. */
        Decays() {}

        @Override
        public Iterator<String> iterator() {
            return List.of("none", "alibi", "retention").iterator();
        }
    }

    /** Algorithms of a sweep. */
    static final class Algorithms implements Iterable<String> {
        /** For picocli. */
        Algorithms() {}

        @Override
        public Iterator<String> iterator() {
            return Stream.concat(
                            Stream.of(ALL),
                            Arrays.stream(Algorithm.values()).map(Words::optionName))
                    .iterator();
        }
    }

    /**
     * Where to run: names that every machine knows. What else there is takes seconds to find out,
     * and shells read this each time they start.
     */
    static final class DeviceNames implements Iterable<String> {
        /** For picocli. */
        DeviceNames() {}

        @Override
        public Iterator<String> iterator() {
            return Stream.concat(Stream.of(Devices.AUTO), DEVICES.stream()).iterator();
        }
    }

    /** Devices of a sweep. */
    static final class DeviceLists implements Iterable<String> {
        /** For picocli. */
        DeviceLists() {}

        @Override
        public Iterator<String> iterator() {
            return Stream.concat(Stream.of(ALL), DEVICES.stream()).iterator();
        }
    }
}
