package test.acme.orders.store;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import test.acme.orders.Order;

/** The orders, by their number. */
public class Orders {
    private final Map<Long, Order> orders = new TreeMap<>();

    public void add(Order order) {
        orders.put(order.id(), order);
    }

    public Optional<Order> find(long id) {
        return Optional.ofNullable(orders.get(id));
    }
}
