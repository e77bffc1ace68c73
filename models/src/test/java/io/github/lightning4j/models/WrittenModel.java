package io.github.lightning4j.models;

import io.github.lightning4j.Tensor;
import io.github.lightning4j.io.Safetensors;
import io.github.lightning4j.io.SafetensorsWriter;

import tools.jackson.jr.ob.JSON;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** A checkpoint in memory, to be changed and written. */
final class WrittenModel {
    final Map<String, Object> config = new LinkedHashMap<>();
    final Map<String, Tensor> tensors = new LinkedHashMap<>();

    /** Takes everything of one of the resources. */
    void load(String name) throws IOException {
        Path source = GoldenModel.folder(name);
        config.putAll(JSON.std.mapFrom(Files.readAllBytes(source.resolve("config.json"))));
        try (Safetensors file = Safetensors.open(source.resolve("model.safetensors"))) {
            for (String tensor : file.names()) {
                Tensor mapped = file.tensor(tensor);
                Tensor copy = Tensor.allocate(mapped.dtype(), mapped.shape());
                copy.copyFrom(mapped);
                tensors.put(tensor, copy);
            }
        }
    }

    /** Writes both files. */
    void write(Path folder) throws IOException {
        SafetensorsWriter.write(folder.resolve("model.safetensors"), tensors, Map.of());
        writeConfig(folder);
    }

    /** Writes the configuration. */
    void writeConfig(Path folder) throws IOException {
        Files.write(folder.resolve("config.json"), JSON.std.asBytes(config));
    }
}
