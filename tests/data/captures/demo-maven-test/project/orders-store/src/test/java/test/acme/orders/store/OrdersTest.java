package test.acme.orders.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;
import test.acme.orders.Order;

class OrdersTest {
    private static final Logger LOG = Logger.getLogger("orders");

    @Test
    void findsWhatWasAdded() {
        Orders orders = new Orders();
        orders.add(new Order(42, "ada", 1999));
        assertEquals(1999, orders.find(42).orElseThrow().cents());
    }

    @Test
    void missingOrderIsEmpty() {
        assertTrue(new Orders().find(7).isEmpty());
    }

    @Test
    void inventoryErrorNamesTheService() {
        IOException error = assertThrows(IOException.class, () -> new Inventory("127.0.0.1", 1).has(42));
        LOG.warning("expected error in this test: " + error.getMessage());
        assertTrue(error.getMessage().startsWith("inventory at 127.0.0.1:1"));
    }
}
