package io.github.lightning4j.cli.options;

import io.github.lightning4j.Devices;
import io.github.lightning4j.results.Names;

import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;

/** What shells offer for options whose values are no constants. */
abstract class Candidates implements Iterable<String> {
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

    private final List<String> names;

    Candidates(List<String> names) {
        this.names = names;
    }

    @Override
    public Iterator<String> iterator() {
        return names.iterator();
    }

    /** Presets of a decay; layers and slopes are numbers. */
    static final class Decays extends Candidates {
        Decays() {
            super(List.of("none", "alibi", "retention"));
        }
    }

    /** Algorithms of a sweep. */
    static final class Algorithms extends Candidates {
        Algorithms() {
            super(with(ALL, Names.ALGORITHMS));
        }
    }

    /**
     * Where to run: names that every machine knows. What else there is takes seconds to find out,
     * and shells read this each time they start.
     */
    static final class DeviceNames extends Candidates {
        DeviceNames() {
            super(with(Devices.AUTO, DEVICES));
        }
    }

    /** Devices of a sweep. */
    static final class DeviceLists extends Candidates {
        DeviceLists() {
            super(with(ALL, DEVICES));
        }
    }

    private static List<String> with(String first, List<String> others) {
        return Stream.concat(Stream.of(first), others.stream()).toList();
    }
}
