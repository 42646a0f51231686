"""SIGTERM drains: requests under way are answered, nothing acknowledged is lost, and the exit code is 0."""

import json
import socket
from random import Random

from proofs.api import Api
from proofs.ledger import Fields, Ledger
from proofs.load import Load, make
from proofs.server import wait_for

ROUNDS = 10
WRITERS = 8
SOONEST_SECONDS, LATEST_SECONDS = 0.02, 0.3
ANSWER_SECONDS = 30


def test_a_server_told_to_stop_under_load_loses_nothing(database, server, seed, this_year):
    """A request either has its answer or never had an effect: none was taken on and then dropped."""
    random = Random(seed)
    ledger = Ledger(this_year)
    load = Load(ledger, this_year, seed)
    acknowledged = 0
    for _ in range(ROUNDS):
        server.start()
        with load.running(server.port, server.credentials(), WRITERS) as writers:
            load.wait_for_the_first(writers)
            writers[0].stopped.wait(random.uniform(SOONEST_SECONDS, LATEST_SECONDS))
            server.terminate()
            assert server.end() == 0, server.said()
        acknowledged += sum(writer.acknowledged for writer in writers)
        for write in ledger.pending.values():
            if write.outcome == "unknown":
                write.outcome = "refused"
        problems = ledger.check(database)
        assert not problems, "\n".join(problems)
        load.relearn(ledger)
    assert acknowledged > ROUNDS, "there was no load to speak of"
    print(f"{database.name}: {ROUNDS} times SIGTERM, {acknowledged} acknowledged, 0 lost")


def test_a_request_under_way_when_the_signal_comes_is_answered(database, server, this_year):
    server.start()
    ledger = Ledger(this_year)
    write = make("create", "A-1", "", Fields.of("late", this_year))
    ledger.note(write)
    body = json.dumps(write.body).encode()
    headers = {**Api(server.port, server.credentials()).headers, "Zuora-Track-Id": write.mark}
    headers |= {"Host": "localhost", "Content-Length": len(body), "Expect": "100-continue"}
    head = "\r\n".join([f"POST {write.path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())])
    with socket.create_connection(("127.0.0.1", server.port), ANSWER_SECONDS) as connection:
        connection.sendall(f"{head}\r\n\r\n".encode())
        # The server says this once it wants the body: the request is being carried out.
        assert connection.recv(65536).startswith(b"HTTP/1.1 100 ")
        server.terminate()
        wait_for(lambda: not accepts(server.port), ANSWER_SECONDS, "the server to accept no more connections")
        connection.sendall(body)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 200 "), answer
    assert server.end() == 0, server.said()
    write.outcome, write.card = "done", json.loads(answer.split(b"\r\n\r\n", 1)[1])["id"]
    assert ledger.check(database) == []


def accepts(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
