public class Rates {
    public int price(int grams) {
        return 450 + grams / 100;
    }
}
