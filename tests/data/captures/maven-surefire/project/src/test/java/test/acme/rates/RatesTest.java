package test.acme.rates;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class RatesTest {
    @Test
    void lightParcel() {
        assertEquals(451, new Rates().price("EU", 100));
    }

    @Test
    void heavyParcelCostsMore() {
        assertEquals(1950, new Rates().price("US", 5000), "price of 5 kg to the US");
    }

    @Test
    void zoneMayBeMissing() {
        assertEquals(900, new Rates().price(null, 0));
    }
}
