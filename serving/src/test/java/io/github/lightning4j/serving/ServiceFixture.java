package io.github.lightning4j.serving;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.DType;
import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.Tensor;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** A service over a device that can be held, with a clock that a test moves. */
@Timeout(value = 30, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
abstract class ServiceFixture {
    static final AttentionConfig CONFIG = AttentionConfig.builder(2, 8, 4).build();
    static final ServiceOptions OPTIONS = ServiceOptions.ofSlots(4).withSteps(8, 64, 4);

    final GatedDevice device = new GatedDevice();
    final LightningAttention attention = LightningAttention.over(CONFIG, device);
    final AtomicLong clock = new AtomicLong();
    final List<String> told = new ArrayList<>();
    volatile boolean broken;
    AttentionService service = open(OPTIONS);

    @AfterEach
    void close() {
        device.open();
        service.close();
        attention.close();
    }

    final class Told implements ServiceMetrics {
        @Override
        public void rejected(RejectedException.Reason reason) {
            told.add("rejected " + reason);
        }

        @Override
        public void ended(AppendEndedException.Reason reason) {
            told.add("ended " + reason);
        }

        @Override
        public void failed(int lost) {
            told.add("failed");
        }

        @Override
        public void batch(int layer, int calls, long tokens, long deviceNanos) {
            if (broken) {
                throw new IllegalStateException("metrics are broken");
            }
        }
    }

    AttentionService open(ServiceOptions options) {
        return open(options, StateFolder.Access.COPIED);
    }

    AttentionService open(ServiceOptions options, StateFolder.Access access) {
        return AttentionService.open(
                List.of(attention, attention), options, new Told(), clock::get, access);
    }

    void reopen(ServiceOptions options) {
        service.close();
        service = open(options);
    }

    static Tensor x(long tokens, int dim) {
        return Tensor.allocate(DType.F32, 1, 2, tokens, dim);
    }

    static CompletableFuture<Tensor> submit(Conversation to, int layer, int tokens) {
        return to.submit(layer, x(tokens, 8), x(tokens, 8), x(tokens, 4));
    }

    static CompletableFuture<Tensor> submit(Conversation to, int tokens) {
        return submit(to, 0, tokens);
    }

    /** Holds the device with a call of another conversation, so that what follows waits. */
    void hold() throws InterruptedException {
        device.setGated(true);
        submit(service.open(), 1);
        assertEquals(List.of(1L), device.awaitCall());
    }

    void pass(Long... rows) throws InterruptedException {
        device.pass();
        assertEquals(List.of(rows), device.awaitCall());
    }

    static Throwable failure(CompletableFuture<?> future) {
        return assertThrows(ExecutionException.class, future::get).getCause();
    }

    static String rejection(RejectedException.Reason reason, Runnable call) {
        RejectedException rejected = assertThrows(RejectedException.class, call::run);
        assertEquals(reason, rejected.reason());
        return rejected.getMessage();
    }
}
