public class Rates {
    /** The price of a parcel. */
    public int price(int grams) {
        int base = 450;
        return base + gramms / 100;
    }
}
