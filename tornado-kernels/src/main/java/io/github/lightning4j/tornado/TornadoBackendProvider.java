package io.github.lightning4j.tornado;

import io.github.lightning4j.BackendException;
import io.github.lightning4j.spi.Availability;
import io.github.lightning4j.spi.Backend;
import io.github.lightning4j.spi.BackendOptions;
import io.github.lightning4j.spi.BackendProvider;
import io.github.lightning4j.spi.DeviceStatus;

import java.util.List;

/** TornadoVM devices. This version has no kernels for them yet and says so. */
public final class TornadoBackendProvider implements BackendProvider {
    /** Where the launcher found an SDK. */
    private static final String SDK_PROPERTY = "lightning.tornado.sdk";

    /** For {@link java.util.ServiceLoader}. */
    public TornadoBackendProvider() {}

    @Override
    public String name() {
        return "tornado";
    }

    @Override
    public int priority() {
        return 100;
    }

    @Override
    public Availability availability() {
        return new Availability.Unavailable(reason());
    }

    @Override
    public List<DeviceStatus> devices() {
        return List.of();
    }

    @Override
    public Backend open(String deviceId, BackendOptions options) {
        throw new BackendException("device " + deviceId + " cannot be used: " + reason());
    }

    private static String reason() {
        String found = System.getProperty(SDK_PROPERTY);
        return "this version of lightning4j has no kernels for TornadoVM yet"
                + (found == null ? "" : "; an SDK is installed in " + found);
    }
}
