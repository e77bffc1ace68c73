package io.github.lightning4j.tornado;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.AttentionInputs;
import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.tornado.devices.SignalChaining;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

/**
 * Plans are compiled while other threads are busy and stop for many safepoints, which takes
 * signals: {@link SignalChaining}.
 */
class DeviceSignals {
    private static final int PLANS = 4;

    private static volatile double sum;

    @Test
    void plansAreMadeWhileOtherThreadsAreBusy() throws InterruptedException {
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < Runtime.getRuntime().availableProcessors(); i++) {
            threads.add(Thread.ofPlatform().daemon().start(DeviceSignals::compute));
        }
        threads.add(Thread.ofPlatform().daemon().start(DeviceSignals::stopAll));
        try {
            AttentionConfig config = AttentionConfig.builder(1, 16).build();
            for (int i = 0; i < PLANS; i++) {
                AttentionInputs inputs = DeviceLaws.inputs(config, 64 + i);
                try (LightningAttention attention =
                        LightningAttention.open(config, DeviceLaws.DEVICE)) {
                    Tensor output = attention.forward(inputs).output();
                    double error = DeviceLaws.error(config, inputs, output, 0);
                    assertTrue(error <= DeviceLaws.TOLERANCE, "plan " + i + ": " + error);
                }
            }
        } finally {
            threads.forEach(Thread::interrupt);
        }
        for (Thread thread : threads) {
            thread.join();
        }
    }

    /** Long loops of compiled code, which polls for safepoints. */
    private static void compute() {
        double[] values = new double[1024];
        while (!Thread.currentThread().isInterrupted()) {
            double s = 0;
            for (long i = 0; i < 10_000_000; i++) {
                s += values[(int) (i & 1023)];
            }
            sum = s;
        }
    }

    private static void stopAll() {
        while (!Thread.currentThread().isInterrupted()) {
            Thread.getAllStackTraces();
        }
    }
}
