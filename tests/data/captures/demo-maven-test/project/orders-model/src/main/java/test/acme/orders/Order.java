package test.acme.orders;

/** One order of a customer. */
public record Order(long id, String customer, int cents) {
    public Order {
        if (cents < 0) {
            throw new IllegalArgumentException("order " + id + " has a negative total");
        }
    }

    public String toJson() {
        return "{\"id\":" + id + ",\"customer\":\"" + customer + "\",\"cents\":" + cents + "}";
    }
}
