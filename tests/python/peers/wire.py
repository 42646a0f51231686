"""The way to a peer, which can be made to fail at one point."""

import http.client
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Wire:
    """Passes on what it gets, loses an answer where it is told to, or lets nobody in."""

    def __init__(self, peer):
        self.peer, self.lossy, self.lost, self.closed = peer, None, [], False
        wire = self

        class Passing(BaseHTTPRequestHandler):
            def passed(self):
                wire.passed(self)

            do_GET = do_POST = do_DELETE = passed

            def log_message(self, *_):
                """Says nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Passing)
        self.server.daemon_threads = True
        self.port = self.server.server_port
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def passed(self, request):
        body = request.rfile.read(int(request.headers.get("Content-Length") or 0))
        if self.closed:
            return answer(request, 401, b'{"error": {"type": "invalid_request_error", "message": "Invalid API Key"}}')
        peer = http.client.HTTPConnection("127.0.0.1", self.peer.port, timeout=60)
        peer.request(request.command, request.path, body, dict(request.headers))
        told = peer.getresponse()
        content = told.read()
        peer.close()
        if self.lossy and request.command == "POST" and request.path.endswith(self.lossy):
            self.lost.append(request.path)
            self.lossy = None
            return None
        return answer(request, told.status, content)

    @contextmanager
    def losing(self, path):
        """Loses the answer to the first request that makes something at this path, and says which."""
        self.lossy, self.lost = path, []
        try:
            yield self.lost
        finally:
            self.lossy = None

    @contextmanager
    def locked(self):
        """Until the end of this nobody's key is good."""
        self.closed = True
        try:
            yield
        finally:
            self.closed = False

    def stop(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


def answer(request, status, content):
    request.send_response(status)
    request.send_header("Content-Type", "application/json")
    request.send_header("Content-Length", str(len(content)))
    request.end_headers()
    request.wfile.write(content)
