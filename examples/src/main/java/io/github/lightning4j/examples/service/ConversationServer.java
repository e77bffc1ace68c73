package io.github.lightning4j.examples.service;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

import io.github.lightning4j.Tensor;
import io.github.lightning4j.io.Safetensors;
import io.github.lightning4j.io.SlotFile;
import io.github.lightning4j.serving.AttentionService;
import io.github.lightning4j.serving.Conversation;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;

/**
 * Conversations over HTTP, on the loopback interface, with a virtual thread for each request.
 *
 * <pre>
 *   POST   /conversations                    begins one; with a body, from a snapshot
 *   GET    /conversations/ID                 how many tokens it has
 *   POST   /conversations/ID/append/LAYER    safetensors q, k, v → safetensors o
 *   POST   /conversations/ID/fork            another one that goes on from there
 *   GET    /conversations/ID/snapshot        its states
 *   DELETE /conversations/ID                 ends it
 *   GET    /metrics, /health
 * </pre>
 */
final class ConversationServer implements AutoCloseable {
    private static final Duration DEADLINE = Duration.ofSeconds(30);

    /** Unit of the memory of bodies. */
    private static final long PAGE = 1 << 20;

    /** So many bodies of the largest size are read of one that is too large. */
    private static final long DRAINED = 16;

    /** How much of it all bodies together may have at a time, at least one of the largest. */
    private static final int PAGES = 512;

    private final AttentionService service;
    private final Counters counters;
    private final long mostBytes;
    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Semaphore memory = new Semaphore(PAGES, true);
    private final Map<Long, Conversation> conversations = new ConcurrentHashMap<>();

    /**
     * Starts it.
     *
     * @param port 0: any that is free
     * @param mostBytes of a request's body, at most 512 MiB
     */
    ConversationServer(AttentionService service, Counters counters, int port, long mostBytes)
            throws IOException {
        this.service = service;
        this.counters = counters;
        this.mostBytes = mostBytes;
        server =
                HttpServer.create(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1024);
        server.setExecutor(threads);
        server.createContext("/", this::handle);
        server.start();
    }

    int port() {
        return server.getAddress().getPort();
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            try {
                route(exchange);
            } catch (HttpProblem | RuntimeException | IOException e) {
                HttpProblem problem = HttpProblem.of(e);
                // What is left of a body is not read.
                exchange.getResponseHeaders().set("Connection", "close");
                text(exchange, problem.status(), problem.getMessage() + "\n");
            }
        }
    }

    private void route(HttpExchange exchange) throws IOException, HttpProblem {
        String[] path = exchange.getRequestURI().getPath().substring(1).split("/", -1);
        String verb = exchange.getRequestMethod() + " " + path[0] + " " + path.length;
        switch (verb) {
            case "GET metrics 1" -> text(exchange, 200, counters.text(service.status()));
            case "GET health 1" -> health(exchange);
            case "POST conversations 1" -> begin(exchange);
            case "GET conversations 2" -> told(exchange, 200, conversation(path[1]));
            case "DELETE conversations 2" -> end(exchange, conversation(path[1]));
            case "POST conversations 3", "GET conversations 3" ->
                    control(exchange, conversation(path[1]), path[2]);
            case "POST conversations 4" ->
                    append(exchange, conversation(path[1]), path[2], number(path[3]));
            default -> throw new HttpProblem(404, "there is no such thing here");
        }
    }

    private void health(HttpExchange exchange) throws IOException {
        boolean closing = service.status().closing();
        text(exchange, closing ? 503 : 200, closing ? "closing\n" : "ok\n");
    }

    private Conversation conversation(String id) throws HttpProblem {
        Conversation conversation = conversations.get(number(id));
        if (conversation == null) {
            throw new HttpProblem(404, "there is no conversation " + id);
        }
        return conversation;
    }

    private static long number(String text) throws HttpProblem {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new HttpProblem(404, text + " is no number");
        }
    }

    private void begin(HttpExchange exchange) throws IOException, HttpProblem {
        withBody(
                exchange,
                body -> {
                    if (body.length == 0) {
                        begun(exchange, service.open());
                        return;
                    }
                    Path file = Files.createTempFile("conversation", ".slots");
                    try {
                        Files.write(file, body);
                        begun(exchange, service.open(SlotFile.read(file).slots()));
                    } finally {
                        Files.delete(file);
                    }
                });
    }

    private void begun(HttpExchange exchange, Conversation conversation) throws IOException {
        conversations.put(conversation.id(), conversation);
        told(exchange, 201, conversation);
    }

    private static void told(HttpExchange exchange, int status, Conversation conversation)
            throws IOException {
        text(
                exchange,
                status,
                "{\"id\": " + conversation.id() + ", \"tokens\": " + conversation.tokens() + "}\n");
    }

    private void end(HttpExchange exchange, Conversation conversation) throws IOException {
        conversations.remove(conversation.id());
        conversation.close();
        exchange.sendResponseHeaders(204, -1);
    }

    private void control(HttpExchange exchange, Conversation conversation, String what)
            throws IOException, HttpProblem {
        switch (exchange.getRequestMethod() + " " + what) {
            case "POST fork" -> begun(exchange, conversation.fork());
            case "GET snapshot" -> {
                Path file = Files.createTempFile("conversation", ".slots");
                try {
                    SlotFile.write(conversation.snapshot(), new byte[0], file);
                    send(exchange, file);
                } finally {
                    Files.delete(file);
                }
            }
            default -> throw new HttpProblem(404, "a conversation has no " + what);
        }
    }

    private void append(HttpExchange exchange, Conversation conversation, String what, long layer)
            throws IOException, HttpProblem {
        if (!what.equals("append")) {
            throw new HttpProblem(404, "a conversation has no " + what);
        }
        withBody(
                exchange,
                body -> {
                    try (Safetensors in = Safetensors.over("body", MemorySegment.ofArray(body))) {
                        Tensor o =
                                conversation.append(
                                        Math.toIntExact(layer),
                                        in.tensor("q"),
                                        in.tensor("k"),
                                        in.tensor("v"),
                                        DEADLINE);
                        exchange.sendResponseHeaders(200, 0);
                        SafetensorsStream.write("o", o, exchange.getResponseBody());
                    }
                });
    }

    /** What is done with a body. */
    private interface BodyUse {
        void of(byte[] body) throws IOException, HttpProblem;
    }

    /** Reads the body once there is memory for it, and gives that back afterwards. */
    private void withBody(HttpExchange exchange, BodyUse use) throws IOException, HttpProblem {
        String text = exchange.getRequestHeaders().getFirst("Content-Length");
        if (text == null) {
            throw new HttpProblem(411, "a body must have a Content-Length");
        }
        long length = number(text);
        if (length > mostBytes) {
            drain(exchange.getRequestBody(), Math.min(length, DRAINED * mostBytes));
            throw new HttpProblem(413, "a body may have " + mostBytes + " bytes");
        }
        int pages = Math.toIntExact(Math.ceilDiv(length, PAGE));
        memory.acquireUninterruptibly(pages);
        try {
            use.of(exchange.getRequestBody().readNBytes(Math.toIntExact(length)));
        } finally {
            memory.release(pages);
        }
    }

    /**
     * Reads what nobody wants, up to a bound: who is still sending when the connection ends does
     * not see the answer.
     */
    private static void drain(InputStream body, long bytes) throws IOException {
        byte[] piece = new byte[1 << 13];
        long left = bytes;
        while (left > 0) {
            int count = body.read(piece, 0, (int) Math.min(piece.length, left));
            if (count < 0) {
                return;
            }
            left -= count;
        }
    }

    private static void send(HttpExchange exchange, Path file) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", "application/octet-stream");
        exchange.sendResponseHeaders(200, Files.size(file));
        Files.copy(file, exchange.getResponseBody());
    }

    private static void text(HttpExchange exchange, int status, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    /** Takes no more requests and waits for those that run. */
    @Override
    public void close() {
        server.stop(0);
        threads.close();
    }
}
