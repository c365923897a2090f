import http.server

left = 2


class Flaky(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        global left
        body = b"static const int table[] = {1, 2, 4};\n"
        self.send_response(503 if left else 200)
        left -= bool(left)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        pass


http.server.HTTPServer(("127.0.0.1", 8094), Flaky).serve_forever()
