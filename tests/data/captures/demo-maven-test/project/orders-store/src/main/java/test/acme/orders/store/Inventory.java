package test.acme.orders.store;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;

/** Asks the inventory service whether an order can be filled. */
public class Inventory {
    private final String host;
    private final int port;

    public Inventory(String host, int port) {
        this.host = host;
        this.port = port;
    }

    public boolean has(long order) throws IOException {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(host, port), 500);
            socket.getOutputStream().write(("HAS " + order + "\n").getBytes());
            return socket.getInputStream().read() == '1';
        } catch (IOException e) {
            throw new IOException("inventory at " + host + ":" + port + ": " + e.getMessage(), e);
        }
    }
}
