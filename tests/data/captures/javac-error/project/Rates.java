package test.acme.rates;

public class Rates {
    int price(String zone) {
        int price = zone;
        return prise;
    }
}
