"""A plain HTTP client that keeps whatever was said."""

import base64
import http.client
import json
from typing import NamedTuple

ANSWER_SECONDS = 60
# From this version on, errors come with the status of their category.
VERSION = "2025-08-12"


class Unanswered(Exception):
    """The request may or may not have been carried out: nobody said."""


class Answer(NamedTuple):
    status: int
    headers: list
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def done(self):
        return self.status == 200 and self.json.get("success") is True


class Api:
    """One connection, kept open. Not for several threads at once."""

    def __init__(self, port, credentials, heard=None):
        self.port = port
        self.credentials = credentials
        self.heard = heard
        pair = f"{credentials['client_id']}:{credentials['client_secret']}"
        self.headers = {
            "Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}",
            "Content-Type": "application/json",
            "Zuora-Version": VERSION,
        }
        self.connection = None

    def call(self, method, path, body=None, **headers):
        """Headers may be written with underscores; a body that is no bytes is sent as JSON."""
        named = {name.replace("_", "-"): value for name, value in headers.items() if value is not None}
        sent = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        if not self.connection:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=ANSWER_SECONDS)
        try:
            self.connection.request(method, path, sent, {**self.headers, **named})
            answer = self.connection.getresponse()
            answer = Answer(answer.status, answer.getheaders(), answer.read())
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise Unanswered from error
        if self.heard is not None:
            self.heard.append(answer)
        return answer

    def close(self):
        if self.connection:
            self.connection.close()
            self.connection = None
