package test.acme.orders;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class OrderTest {
    @Test
    void writesJson() {
        assertEquals("{\"id\":1,\"customer\":\"ada\",\"cents\":250}", new Order(1, "ada", 250).toJson());
    }

    @Test
    void errorForNegativeTotal() {
        assertThrows(IllegalArgumentException.class, () -> new Order(1, "ada", -1));
    }
}
