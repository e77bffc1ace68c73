package io.github.lightning4j;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** What an opened device says about itself. Thread-safe. */
public interface OpenedDevice {
    /**
     * The device that computes.
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
     * Measures the most that the device's hardware can do, which takes about a second. Other calls
     * meanwhile lower the result.
     *
     * @param workingSetBytes bytes that are read again and again, such as those of the states of a
     *     session; the device may bound it
     * @return the ceilings, or empty where this device cannot measure them
     * @throws IllegalArgumentException if workingSetBytes is negative
     */
    Optional<Ceilings> measureCeilings(long workingSetBytes);

    /**
     * The time that kernels have taken on the device since this was called for the first time, by
     * the device's own clock: without transfers, launches and whatever the host does. The
     * difference before and after a call is the time of that call, if no other runs at the same
     * time. Calls cost a little more once the clock runs, and some devices keep a few kilobytes for
     * each of them, so use it for measuring and not in services.
     *
     * @return the sum over all kernels, or empty where there is no such clock
     */
    Optional<Duration> kernelTime();

    /**
     * Bytes of the device's own memory that are held at the moment, by this object and by others in
     * the process that opened the same device.
     *
     * @return the bytes, or empty where the device has no memory of its own or does not tell
     */
    OptionalLong deviceMemory();

    /**
     * The memory of this process that open sessions and pools take, and the most they may take.
     *
     * @return the use at the moment
     */
    MemoryUse memory();

    /**
     * The memory of this process that a session takes, whatever is appended. It is known before a
     * session is opened.
     *
     * @param sequences R ≥ 1
     * @return bytes, on the Java heap or outside
     * @throws IllegalArgumentException if sequences is out of range or the algorithm has no state
     */
    long sessionMemory(int sequences);

    /**
     * The memory of this process that a pool of states takes, whatever is appended. It is known
     * before the pool is opened.
     *
     * @param slots ≥ 1
     * @param options what to keep for each
     * @return bytes, on the Java heap or outside
     * @throws IllegalArgumentException if slots is out of range or the algorithm has no state
     * @throws BackendException if this device has no pools of this configuration, with the reason
     */
    long poolMemory(int slots, PoolOptions options);
}
