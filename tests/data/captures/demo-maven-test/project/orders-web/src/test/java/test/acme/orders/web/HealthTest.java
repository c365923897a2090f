package test.acme.orders.web;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.HttpURLConnection;
import java.net.URL;
import org.junit.jupiter.api.Test;
import test.acme.orders.store.Inventory;
import test.acme.orders.store.Orders;

class HealthTest {
    @Test
    void healthNeedsNoInventory() throws Exception {
        try (Gateway gateway = new Gateway(new Orders(), new Inventory("127.0.0.1", 1))) {
            URL url = new URL("http://127.0.0.1:" + gateway.port() + "/health");
            assertEquals(200, ((HttpURLConnection) url.openConnection()).getResponseCode());
        }
    }
}
