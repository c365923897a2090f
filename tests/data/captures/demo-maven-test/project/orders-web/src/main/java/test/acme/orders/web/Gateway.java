package test.acme.orders.web;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.logging.Logger;
import test.acme.orders.Order;
import test.acme.orders.store.Inventory;
import test.acme.orders.store.Orders;

/** Answers GET /orders/ID. */
public class Gateway implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger("orders.gateway");
    private final HttpServer server;
    private final Orders orders;
    private final Inventory inventory;

    public Gateway(Orders orders, Inventory inventory) throws IOException {
        this.orders = orders;
        this.inventory = inventory;
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/orders/", this::order);
        server.createContext("/health", exchange -> send(exchange, 200, "ok"));
        server.start();
        LOG.info("gateway listens on port " + port());
    }

    public int port() {
        return server.getAddress().getPort();
    }

    private void order(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        Optional<Order> order = orders.find(Long.parseLong(path.substring("/orders/".length())));
        if (order.isEmpty()) {
            send(exchange, 404, "no such order");
            return;
        }
        try {
            send(exchange, inventory.has(order.get().id()) ? 200 : 409, order.get().toJson());
        } catch (IOException e) {
            LOG.severe("GET " + path + ": " + e.getMessage() + ", answering 503");
            send(exchange, 503, "inventory unavailable");
        }
    }

    private static void send(HttpExchange exchange, int status, String body) throws IOException {
        exchange.sendResponseHeaders(status, body.length());
        exchange.getResponseBody().write(body.getBytes());
        exchange.close();
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
