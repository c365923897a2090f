import java.util.ArrayList;
import java.util.List;

public class Fill {
    public static void main(String[] args) {
        List<byte[]> pages = new ArrayList<>();
        for (int page = 0; page < 4096; page++) {
            if (page % 8 == 0) {
                System.out.println("loading page " + page);
            }
            pages.add(new byte[1 << 20]);
        }
    }
}
