package io.github.lightning4j.examples.service;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.io.Safetensors;
import io.github.lightning4j.serving.AttentionService;
import io.github.lightning4j.serving.ParkingOptions;
import io.github.lightning4j.serving.ServiceOptions;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Conversations over HTTP, from their beginning to their end. */
class ConversationServerTest {
    private static final byte[] NOTHING = {};

    @TempDir private Path folder;

    private final Counters counters = new Counters();
    private final List<LightningAttention> layers = Serve.layers();
    private final AttentionService service =
            AttentionService.open(layers, ServiceOptions.ofSlots(2).withConversations(4), counters);
    private ConversationServer server;
    private Client client;

    @BeforeEach
    void start() throws IOException {
        server = new ConversationServer(service, counters, 0, 1 << 20);
        client = new Client(server.port());
    }

    @AfterEach
    void stop() {
        client.close();
        server.close();
        service.close();
        layers.forEach(LightningAttention::close);
    }

    private static byte[] tokens(int count) throws IOException {
        float[] values = new float[Serve.HEADS * count * Serve.DIM];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) Math.sin(i);
        }
        return Client.tokens(Tensor.ofFloats(values, 1, Serve.HEADS, count, Serve.DIM));
    }

    private byte[] append(String path, int layer, int count) throws Exception {
        HttpResponse<byte[]> answer = client.send("POST", path + "/append/" + layer, tokens(count));
        assertEquals(200, answer.statusCode(), () -> Client.text(answer));
        return answer.body();
    }

    private void refused(int status, String message, String verb, String path, byte[] body)
            throws Exception {
        HttpResponse<byte[]> answer = client.send(verb, path, body);
        assertEquals(status, answer.statusCode(), () -> Client.text(answer));
        assertTrue(Client.text(answer).contains(message), () -> Client.text(answer));
    }

    @Test
    void whatIsForkedAndWhatIsResumedGoesOnInBits() throws Exception {
        String path = client.begin();
        append(path, 0, 45);
        append(path, 1, 45);
        assertTrue(Client.text(client.send("GET", path, NOTHING)).contains("\"tokens\": 45"));
        String fork = Client.begun(client.send("POST", path + "/fork", NOTHING));
        Path file = folder.resolve("o.safetensors");
        Files.write(file, append(Client.begun(client.send("POST", fork + "/fork", NOTHING)), 0, 3));
        try (Safetensors output = Safetensors.open(file)) {
            assertEquals("F32[1, 8, 3, 64]", output.tensor("o").toString());
        }
        byte[] states = client.send("GET", path + "/snapshot", NOTHING).body();
        String resumed = Client.begun(client.send("POST", "/conversations", states));
        for (int layer = 0; layer < Serve.LAYERS; layer++) {
            byte[] expected = append(path, layer, 3);
            assertArrayEquals(expected, append(fork, layer, 3));
            assertArrayEquals(expected, append(resumed, layer, 3));
        }
        assertEquals(204, client.send("DELETE", path, NOTHING).statusCode());
        refused(404, "there is no conversation", "GET", path, NOTHING);
        String metrics = Client.text(client.send("GET", "/metrics", NOTHING));
        assertTrue(metrics.contains("lightning_tokens_total 111"), metrics);
        assertTrue(metrics.contains("lightning_conversations 3"), metrics);
        assertTrue(metrics.contains("lightning_parked_bytes_total"), metrics);
        assertTrue(metrics.contains("lightning_parked_bytes{tier=\"disk\"} 0"), metrics);
    }

    @Test
    void idleStatesAreInAFolderIfOneIsGiven() {
        assertEquals(ParkingOptions.IN_MEMORY, Serve.options("8080").parking());
        assertEquals(
                ParkingOptions.in(folder, 256 << 20),
                Serve.options("8080", folder.toString()).parking());
        assertEquals(
                ParkingOptions.in(folder, 3 << 20),
                Serve.options("8080", folder.toString(), "3").parking());
    }

    @Test
    void whatIsWrongIsSaidAndHarmsNothing() throws Exception {
        String path = client.begin();
        append(path, 0, 5);
        refused(400, "layer is 2", "POST", path + "/append/2", tokens(1));
        refused(400, "", "POST", path + "/append/0", new byte[] {1, 2, 3});
        refused(413, "a body may have 1048576 bytes", "POST", path + "/append/0", tokens(600));
        refused(404, "a conversation has no sum", "POST", path + "/sum", NOTHING);
        refused(404, "x is no number", "GET", "/conversations/x", NOTHING);
        refused(404, "there is no such thing here", "GET", "/", NOTHING);
        refused(400, "is no file of slots", "POST", "/conversations", new byte[40]);
        for (int i = 0; i < 3; i++) {
            client.begin();
        }
        refused(429, "4 conversations are open", "POST", "/conversations", NOTHING);
        append(path, 0, 1);
        assertEquals(200, client.send("GET", "/health", NOTHING).statusCode());
        service.close();
        refused(503, "closing", "GET", "/health", NOTHING);
        refused(503, "the service is closed", "POST", path + "/append/0", tokens(1));
    }
}
