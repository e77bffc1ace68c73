package io.github.lightning4j.distributed;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/** A worker that has printed something and ended. */
final class EndedProcess extends Process {
    private final String out;
    private final String err;
    private final int code;

    EndedProcess(String out, String err, int code) {
        this.out = out;
        this.err = err;
        this.code = code;
    }

    private static InputStream stream(String text) {
        return new ByteArrayInputStream((text + "\n").getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public OutputStream getOutputStream() {
        return OutputStream.nullOutputStream();
    }

    @Override
    public InputStream getInputStream() {
        return stream(out);
    }

    @Override
    public InputStream getErrorStream() {
        return stream(err);
    }

    @Override
    public int waitFor() {
        return code;
    }

    @Override
    public int exitValue() {
        return code;
    }

    @Override
    public void destroy() {}
}
