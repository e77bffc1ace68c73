package io.github.lightning4j;

import io.github.lightning4j.spi.Backend;

/** Attention over backends that are no services, so that {@code auto} never sees them. */
public final class TestDevices {
    private TestDevices() {}

    /**
     * Opens a backend.
     *
     * @param config what to compute
     * @param backend where
     * @return attention on it
     */
    public static LightningAttention over(AttentionConfig config, Backend backend) {
        return LightningAttention.over(config, backend, 0);
    }
}
