package test.acme.rates;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class ZoneTest {
    @Test
    void errorZoneIsForeign() {
        assertEquals(900, new Rates().price("ERROR", 0));
    }
}
