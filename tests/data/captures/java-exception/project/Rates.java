import java.util.Map;

public class Rates {
    static String setting(Map<String, String> env) {
        try {
            return env.get("RATES_DB_URL").trim();
        } catch (NullPointerException e) {
            System.out.println("rates: reading the settings");
            throw new IllegalStateException("cannot read the setting RATES_DB_URL", e);
        }
    }

    public static void main(String[] args) {
        System.out.println(setting(System.getenv()));
    }
}
