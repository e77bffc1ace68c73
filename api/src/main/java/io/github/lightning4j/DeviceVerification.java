package io.github.lightning4j;

import io.github.lightning4j.reference.Gate;
import io.github.lightning4j.reference.ReferenceAttention;
import io.github.lightning4j.reference.RelativeError;

import org.jspecify.annotations.Nullable;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Compares a few heads of each call with the float64 definition, other heads from call to call, so
 * that a device that computes wrongly is caught instead of believed. Thread-safe.
 */
final class DeviceVerification {
    private final AttentionConfig config;
    private final Device device;
    private final int heads;
    private final AtomicLong next = new AtomicLong();

    /** So many heads of each call; 0: none. */
    DeviceVerification(AttentionConfig config, Device device, int heads) {
        this.config = config;
        this.device = device;
        this.heads = heads;
    }

    /** Whether there is anything to do. */
    boolean isOn() {
        return heads > 0;
    }

    /**
     * Checks what a call gave.
     *
     * @param inputs what it got, the state before included
     * @param output o
     * @param finalState the state after; null where the call did not ask for it
     * @throws BackendException if one is past its gate
     */
    void check(AttentionInputs inputs, Tensor output, @Nullable AttentionState finalState) {
        long streams = inputs.sequenceCount() * config.heads();
        Gate gate = Gate.of(output.dtype());
        for (int i = 0; i < Math.min(heads, streams); i++) {
            long stream = next.getAndIncrement() % streams;
            int r = (int) (stream / config.heads());
            int h = (int) (stream % config.heads());
            ReferenceAttention.Head head = ReferenceAttention.Head.of(config, inputs, r, h);
            int tokens = head.v().length;
            if (tokens == 0) {
                continue;
            }
            double[][] o = ReferenceAttention.rows(config, inputs, output, r, h, config.valueDim());
            RelativeError error = new RelativeError();
            if (finalState == null) {
                error.add(o, ReferenceAttention.output(config.algorithm(), head));
                check("output", r, h, error.value(), gate.output(tokens));
                continue;
            }
            ReferenceAttention.HeadResult expected = ReferenceAttention.tokenByToken(head);
            error.add(o, expected.output());
            check("output", r, h, error.value(), gate.output(tokens));
            RelativeError state = new RelativeError();
            state.add(ReferenceAttention.state(config, finalState, r, h), expected.finalState());
            check("final state", r, h, state.value(), Gate.F32.state());
        }
    }

    private void check(String what, int r, int h, double error, double gate) {
        if (!Gate.passes(error, gate)) {
            throw new BackendException(
                    "device %s computes wrongly: the %s of sequence %d, head %d is %.1e away from the float64 definition; the gate is %.1e"
                            .formatted(device.id(), what, r, h, error, gate));
        }
    }
}
