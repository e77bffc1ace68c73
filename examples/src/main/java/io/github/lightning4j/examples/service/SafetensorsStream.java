package io.github.lightning4j.examples.service;

import io.github.lightning4j.Tensor;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Writes one tensor in the format of safetensors to a stream. A file that is written to stay, as by
 * {@link io.github.lightning4j.io.SafetensorsWriter}, waits for the disk.
 */
final class SafetensorsStream {
    private SafetensorsStream() {}

    /** The length of the header, the header, and the elements. */
    static void write(String name, Tensor tensor, OutputStream out) throws IOException {
        byte[] elements = tensor.segment().toArray(ValueLayout.JAVA_BYTE);
        byte[] header =
                ("{\""
                                + name
                                + "\":{\"dtype\":\""
                                + tensor.dtype()
                                + "\",\"shape\":"
                                + Arrays.toString(tensor.shape())
                                + ",\"data_offsets\":[0,"
                                + elements.length
                                + "]}}")
                        .getBytes(StandardCharsets.UTF_8);
        ByteBuffer length = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        out.write(length.putLong(header.length).array());
        out.write(header);
        out.write(elements);
    }
}
