package test.acme.orders.web;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import test.acme.orders.Order;
import test.acme.orders.store.Inventory;
import test.acme.orders.store.Orders;

class OrdersGatewayTest {
    private Gateway gateway;

    @BeforeEach
    void start() throws Exception {
        Orders orders = new Orders();
        orders.add(new Order(42, "ada", 1999));
        gateway = new Gateway(orders, new Inventory("127.0.0.1", 5433));
    }

    @AfterEach
    void stop() {
        gateway.close();
    }

    @Test
    void answersOrder() throws Exception {
        assertEquals(200, get("/orders/42").statusCode(), "status of GET /orders/42");
    }

    @Test
    void unknownOrderIsNotFound() throws Exception {
        assertEquals(404, get("/orders/7").statusCode());
    }

    @Test
    void healthIsOk() throws Exception {
        assertEquals("ok", get("/health").body());
    }

    @Test
    void otherPathsAreNotFound() throws Exception {
        assertEquals(404, get("/error").statusCode());
    }

    private HttpResponse<String> get(String path) throws Exception {
        URI uri = URI.create("http://127.0.0.1:" + gateway.port() + path);
        return HttpClient.newHttpClient().send(HttpRequest.newBuilder(uri).build(),
                HttpResponse.BodyHandlers.ofString());
    }
}
