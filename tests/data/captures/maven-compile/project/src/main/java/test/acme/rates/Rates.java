package test.acme.rates;

import java.util.List;

public class Rates {
    public int price(List<Parcel> parcels) {
        int sum = "0";
        for (Parcel parcel : parcels) {
            sum += parcel.price();
        }
        return sum;
    }
}
