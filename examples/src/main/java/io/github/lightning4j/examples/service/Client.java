package io.github.lightning4j.examples.service;

import io.github.lightning4j.Tensor;
import io.github.lightning4j.io.SafetensorsWriter;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** Talks to a {@link ConversationServer} on this machine. Thread-safe. */
final class Client implements AutoCloseable {
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final int port;

    Client(int port) {
        this.port = port;
    }

    /** Sends a request with a body, which may be empty. */
    HttpResponse<byte[]> send(String verb, String path, byte[] body)
            throws IOException, InterruptedException {
        HttpRequest request =
                HttpRequest.newBuilder(URI.create("http://localhost:" + port + path))
                        .method(verb, BodyPublishers.ofByteArray(body))
                        .build();
        return http.send(request, BodyHandlers.ofByteArray());
    }

    /** The path of a new conversation. */
    String begin() throws IOException, InterruptedException {
        return begun(send("POST", "/conversations", new byte[0]));
    }

    /** The path of the conversation that an answer tells of. */
    static String begun(HttpResponse<byte[]> answer) throws IOException {
        String text = text(answer);
        if (answer.statusCode() != 201) {
            throw new IOException(answer.statusCode() + ": " + text);
        }
        return "/conversations/" + text.replaceAll("(?s).*\"id\": (\\d+).*", "$1");
    }

    static String text(HttpResponse<byte[]> answer) {
        return new String(answer.body(), StandardCharsets.UTF_8);
    }

    /** The body of an append: the same tensor as q, k and v. */
    static byte[] tokens(Tensor x) throws IOException {
        Path file = Files.createTempFile("tokens", ".safetensors");
        try {
            SafetensorsWriter.write(file, Map.of("q", x, "k", x, "v", x), Map.of());
            return Files.readAllBytes(file);
        } finally {
            Files.delete(file);
        }
    }

    @Override
    public void close() {
        http.close();
    }
}
