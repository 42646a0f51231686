"""A client of uploads: it sends and reads at the same time, and keeps what it was told."""

import gzip
import http.client
import json
import socket
import threading

from proofs.api import Api

PATH = "/v1/payment-methods/credit-cards/bulk"
# Small, so that lines are under way while others are still to be sent.
PIECE_BYTES = 4096


class Upload:
    """One upload of a file. Whoever wants to do something after some receipts says so beforehand."""

    def __init__(self, server, lines, members=3):
        self.port = server.port
        self.headers = Api(server.port, server.credentials()).headers
        share = -(-len(lines) // members)
        parts = (lines[start : start + share] for start in range(0, len(lines), share))
        texts = ("".join(json.dumps(line) + "\n" for line in part) for part in parts)
        self.body = b"".join(gzip.compress(text.encode(), 1) for text in texts)
        self.receipts = []
        self.summary = None

    def run(self, after=None, act=None):
        """Sends everything and reads until the end, whichever end. Acts once after so many receipts."""
        with socket.create_connection(("127.0.0.1", self.port)) as connection:
            sender = threading.Thread(target=self.send, args=(connection,))
            sender.start()
            try:
                for line in self.read(connection):
                    self.hear(json.loads(line))
                    if len(self.receipts) == after:
                        act()
            except (OSError, http.client.HTTPException, ValueError):
                # The server is gone, and perhaps a line was cut.
                pass
            finally:
                sender.join()
        return self

    def hear(self, said):
        if "summary" in said:
            self.summary = said["summary"]
        else:
            self.receipts.append(said)

    def send(self, connection):
        headers = {
            **self.headers,
            "Host": "x",
            "Content-Type": "application/x-ndjson",
            "Content-Encoding": "gzip",
            "Transfer-Encoding": "chunked",
        }
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        pieces = (self.body[start : start + PIECE_BYTES] for start in range(0, len(self.body), PIECE_BYTES))
        try:
            connection.sendall(f"POST {PATH} HTTP/1.1\r\n{head}\r\n".encode())
            for piece in pieces:
                connection.sendall(b"%x\r\n%s\r\n" % (len(piece), piece))
            connection.sendall(b"0\r\n\r\n")
        except OSError:
            pass

    @staticmethod
    def read(connection):
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        assert answer.status == 200, answer.read()
        while line := answer.readline():
            yield line
