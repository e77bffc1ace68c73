package io.github.lightning4j.serving;

import org.jspecify.annotations.Nullable;

import java.nio.file.Path;
import java.util.Objects;

/**
 * Where an {@link AttentionService} keeps the states of conversations that are not on the device.
 * Immutable.
 *
 * @param folder of files for what has no room in memory; null: all of it stays there
 * @param hostBytes the most bytes of states in memory, ≥ 0, besides those that are on their way to
 *     a file or back; where there is no folder there is no bound
 */
public record ParkingOptions(@Nullable Path folder, long hostBytes) {
    /** In memory, without a bound. */
    public static final ParkingOptions IN_MEMORY = new ParkingOptions(null, Long.MAX_VALUE);

    /** Checks the values. */
    public ParkingOptions {
        if (hostBytes < 0) {
            throw new IllegalArgumentException("hostBytes is " + hostBytes + "; it must be >= 0");
        }
        if (folder == null && hostBytes != Long.MAX_VALUE) {
            throw new IllegalArgumentException(
                    "hostBytes is " + hostBytes + " without a folder for what is beyond it");
        }
    }

    /**
     * In memory up to a bound, and beyond it in files. One service at a time may use a folder; the
     * files are of use to it alone, and are deleted when it is closed or opened again.
     *
     * @param folder made if it is not there
     * @param hostBytes the most bytes in memory; 0: all states are in files
     * @return options
     */
    public static ParkingOptions in(Path folder, long hostBytes) {
        return new ParkingOptions(Objects.requireNonNull(folder, "folder"), hostBytes);
    }
}
