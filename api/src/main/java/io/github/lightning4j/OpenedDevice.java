package io.github.lightning4j;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** What an opened device tells of itself. Thread-safe. */
public interface OpenedDevice {
    /**
     * Where it is computed.
     *
     * @return the device that was opened
     */
    Device device();

    /**
     * Why {@code auto} passed over backends it would have preferred, and what makes the device that
     * was opened slower than it could be.
     *
     * @return one sentence each; empty where all is as it should be
     */
    List<String> notices();

    /**
     * L, the rows of the blocks in which passes are computed on this device: a token needs 4DE +
     * L(D + E) operations a head.
     *
     * @return L ≥ 1
     */
    int blockRows();

    /**
     * Measures what the device's hardware does at most, for about a second. Other calls meanwhile
     * lower what is measured.
     *
     * @param workingSetBytes bytes that are read again and again, such as those of the states of a
     *     session; the device may bound it
     * @return the ceilings, or empty where this device cannot measure them
     * @throws IllegalArgumentException if workingSetBytes is negative
     */
    Optional<Ceilings> measureCeilings(long workingSetBytes);

    /**
     * What kernels have taken on the device since this was called for the first time, by the
     * device's own clock: without transfers, launches and whatever the host does. The difference
     * around a call is the call's, if no other runs at the same time. Calls cost a little more once
     * the clock runs, and some devices keep a few kilobytes of each: it is for measuring, not for
     * services.
     *
     * @return the sum over all kernels, or empty where there is no such clock
     */
    Optional<Duration> kernelTime();

    /**
     * Bytes of the device's own memory that are held at the moment, by this and by others in the
     * process that opened the same device.
     *
     * @return the bytes, or empty where the device has no memory of its own or does not tell
     */
    OptionalLong deviceMemory();

    /**
     * Memory of this process that open sessions take, and what they may take.
     *
     * @return the use at the moment
     */
    MemoryUse memory();

    /**
     * Memory of this process that a session takes, whatever is appended: known before one is
     * opened.
     *
     * @param sequences R ≥ 1
     * @return bytes, on the Java heap or outside
     * @throws IllegalArgumentException if sequences is out of range or the algorithm has no state
     */
    long sessionMemory(int sequences);
}
