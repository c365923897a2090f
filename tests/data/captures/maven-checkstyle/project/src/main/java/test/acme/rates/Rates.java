package test.acme.rates;

import java.util.List;

/** Prices. */
public class Rates {
}
