package io.github.lightning4j.serving;

import io.github.lightning4j.DType;
import io.github.lightning4j.PoolOptions;

import java.nio.file.Path;

/**
 * Bounds of an {@link AttentionService}. Immutable.
 *
 * @param slots conversations whose states are on the device at a time, ≥ 1
 * @param conversations the most that are open at a time; those without a slot take as much memory
 *     of the host as a slot takes of the device, unless {@code parking} says otherwise
 * @param waiting the most calls that wait at a time; more are rejected
 * @param decodeTokens the most tokens of a short call, which goes before long ones, such as a
 *     decode step or a few drafts
 * @param stepTokens the most tokens of long calls in one call of the device, a multiple of 32, ≥
 *     64: what the short ones that come meanwhile have to wait for. Longer calls are cut
 * @param batch the most short calls in one call of the device
 * @param inputs dtype of q, k and v
 * @param outputs dtype of o: that of the inputs or F32
 * @param pool what the pools keep for each slot
 * @param parking where the states of conversations without a slot are
 */
public record ServiceOptions(
        int slots,
        int conversations,
        int waiting,
        int decodeTokens,
        int stepTokens,
        int batch,
        DType inputs,
        DType outputs,
        PoolOptions pool,
        ParkingOptions parking) {
    /** Checks the values. */
    public ServiceOptions {
        atLeast("slots", slots, 1);
        atLeast("conversations", conversations, 1);
        atLeast("waiting", waiting, 1);
        atLeast("decodeTokens", decodeTokens, 1);
        atLeast("stepTokens", stepTokens, 64);
        atLeast("batch", batch, 1);
        if (stepTokens % 32 != 0) {
            throw new IllegalArgumentException(
                    "stepTokens is " + stepTokens + "; it must be a multiple of 32");
        }
        if (!inputs.isAttentionType()) {
            throw new IllegalArgumentException(
                    "inputs is " + inputs + "; it must be F32, F16 or BF16");
        }
        if (outputs != inputs && outputs != DType.F32) {
            throw new IllegalArgumentException(
                    "outputs is " + outputs + "; it must be that of the inputs, or F32");
        }
    }

    private static void atLeast(String name, int value, int least) {
        if (value < least) {
            throw new IllegalArgumentException(name + " is " + value + "; it must be >= " + least);
        }
    }

    /**
     * Defaults for so many slots: eight times as many conversations, four waiting calls for each of
     * these, decode of up to 8 tokens before prefill in steps of 512, and F32.
     *
     * @param slots conversations whose states are on the device at a time, ≥ 1
     * @return options
     */
    public static ServiceOptions ofSlots(int slots) {
        int conversations = (int) Math.min(8L * slots, Integer.MAX_VALUE);
        int waiting = (int) Math.min(4L * conversations, Integer.MAX_VALUE);
        return new ServiceOptions(
                slots,
                conversations,
                waiting,
                8,
                512,
                Math.max(slots, 1),
                DType.F32,
                DType.F32,
                PoolOptions.DEFAULT,
                ParkingOptions.IN_MEMORY);
    }

    /**
     * The same with another bound of conversations.
     *
     * @param most how many are open at a time
     * @return new options
     */
    public ServiceOptions withConversations(int most) {
        return new ServiceOptions(
                slots,
                most,
                waiting,
                decodeTokens,
                stepTokens,
                batch,
                inputs,
                outputs,
                pool,
                parking);
    }

    /**
     * The same with another bound of waiting calls.
     *
     * @param most how many wait at a time
     * @return new options
     */
    public ServiceOptions withWaiting(int most) {
        return new ServiceOptions(
                slots,
                conversations,
                most,
                decodeTokens,
                stepTokens,
                batch,
                inputs,
                outputs,
                pool,
                parking);
    }

    /**
     * The same with other sizes of what goes to the device at a time.
     *
     * @param decode the most tokens of a short call
     * @param step the most tokens of long calls together
     * @param calls the most short calls
     * @return new options
     */
    public ServiceOptions withSteps(int decode, int step, int calls) {
        return new ServiceOptions(
                slots, conversations, waiting, decode, step, calls, inputs, outputs, pool, parking);
    }

    /**
     * The same with other dtypes.
     *
     * @param qkv dtype of q, k and v
     * @param o dtype of o: the same, or F32
     * @return new options
     */
    public ServiceOptions withTypes(DType qkv, DType o) {
        return new ServiceOptions(
                slots,
                conversations,
                waiting,
                decodeTokens,
                stepTokens,
                batch,
                qkv,
                o,
                pool,
                parking);
    }

    /**
     * The same with other pools.
     *
     * @param options what they keep for each slot
     * @return new options
     */
    public ServiceOptions withPool(PoolOptions options) {
        return new ServiceOptions(
                slots,
                conversations,
                waiting,
                decodeTokens,
                stepTokens,
                batch,
                inputs,
                outputs,
                options,
                parking);
    }

    /**
     * The same with files for the states of conversations without a slot that have no room in
     * memory.
     *
     * @param folder of the files, of this service alone; made if it is not there
     * @param hostBytes the most bytes of such states in memory; 0: all are in files
     * @return new options
     */
    public ServiceOptions withParking(Path folder, long hostBytes) {
        return new ServiceOptions(
                slots,
                conversations,
                waiting,
                decodeTokens,
                stepTokens,
                batch,
                inputs,
                outputs,
                pool,
                ParkingOptions.in(folder, hostBytes));
    }
}
