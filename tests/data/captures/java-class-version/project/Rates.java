public class Rates {
    public static void main(String[] words) {
        System.out.println("rates");
    }
}
