import static org.junit.Assert.assertEquals;

import org.junit.Test;

public class RatesTest {
    @Test
    public void lightParcel() {
        assertEquals(451, new Rates().price(100));
    }

    @Test
    public void heavyParcel() {
        assertEquals(950, new Rates().price(5000));
    }
}
