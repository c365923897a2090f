import http.server
import sys

port, status, headers = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]


class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(status)
        for header in headers:
            self.send_header(*header.split(": ", 1))
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_POST = do_CONNECT = do_HEAD = do_GET

    def log_message(self, *words):
        pass


http.server.HTTPServer(("127.0.0.1", port), Answer).serve_forever()
