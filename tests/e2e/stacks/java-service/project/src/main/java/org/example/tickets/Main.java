package org.example.tickets;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import java.util.concurrent.Executors;

/** Answers questions about tickets over HTTP. */
public final class Main {
    private Main() {}

    public static void main(String[] arguments) throws IOException {
        Properties settings = new Properties();
        try (InputStream file = Files.newInputStream(Path.of("config", "tickets.properties"))) {
            settings.load(file);
        }
        String queue = System.getenv().getOrDefault("QUEUE", settings.getProperty("queue.default"));
        int limit = Integer.parseInt(settings.getProperty("queue.limit"));
        Tickets tickets = new Tickets(limit);
        tickets.add("The printer does not answer");

        HttpServer server = HttpServer.create(new InetSocketAddress(8080), 0);
        server.createContext("/health", call -> answer(call, 200, "up"));
        server.createContext("/tickets", call -> {
            if (call.getRequestMethod().equals("POST")) {
                String title = new String(call.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
                answer(call, tickets.add(title) ? 201 : 429, queue);
            } else {
                answer(call, 200, queue + ":\n" + String.join("\n", tickets.all()));
            }
        });
        server.createContext("/", call -> answer(call, 404, "not found"));
        server.setExecutor(Executors.newFixedThreadPool(4));
        server.start();
        System.out.println("tickets of " + queue + " on port 8080");
    }

    private static void answer(HttpExchange call, int status, String body) throws IOException {
        byte[] bytes = (body + "\n").getBytes(StandardCharsets.UTF_8);
        call.getResponseHeaders().set("Content-Type", "text/plain; charset=utf-8");
        call.sendResponseHeaders(status, bytes.length);
        call.getResponseBody().write(bytes);
        call.close();
    }
}
