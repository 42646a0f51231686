"""No card number leaves: published test numbers are sent in every way there is, and then looked for everywhere.

They are looked for in every form of `traces.py`: over the data directory with database and log of writes, over all of
PostgreSQL's files with its log of writes, over everything the server printed at its most talkative, and over each
header and body that it answered.

Security codes of three digits are found by chance everywhere. So they are looked for as hashes and beside a word that
says what they are; codes that are too long, and so are refused, are looked for like numbers. The proof about codes is
the one of two runs.
"""

import json
import re
from pathlib import Path

import pytest
import yaml

from proofs.api import Api
from proofs.databases import Cluster, Postgres, Sqlite
from proofs.dialects import speak
from proofs.digits import ALL_NUMBERS, BAD_CHECK_DIGIT, Codes
from proofs.later import accepted_later, refused_later
from proofs.misplaced import misplace_codes, misplace_numbers
from proofs.server import ROOT
from proofs.traces import Search, forms, planted
from proofs.workload import Workload

DISTINCTIVE_DIGITS = 8


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def place(request, tmp_path_factory):
    """A database, and all the files that it may write to. PostgreSQL gets a cluster of its own, so that it is small."""
    home = tmp_path_factory.mktemp("canary")
    if request.param == "sqlite":
        yield Sqlite(home), []
        return
    cluster = Cluster()
    yield Postgres(home, cluster), [cluster.directory]
    cluster.remove()


@pytest.fixture(scope="module")
def sent(place, this_year):
    """What a server was sent, where it may have left it, and what it said. It is killed, so that it tidies nothing up."""
    database, others = place
    server = database.server(log="trace")
    heard = []
    try:
        server.start()
        api = Api(server.port, server.credentials(), heard)
        workload = Workload(api, Codes(111), this_year)
        workload.run()
        refused_later(workload)
        accepted_later(workload)
        speak(workload)
        misplace_codes(workload)
        misplace_numbers(workload, ALL_NUMBERS)
        api.call("GET", "/metrics")
    finally:
        server.discard()
    # What the server greets a newcomer with has a test number in it.
    greeting = re.compile(rb"^CARD=.*\n", re.MULTILINE)
    assert len(greeting.findall(server.stdout.read_bytes())) == 1
    server.stdout.write_bytes(greeting.sub(b"", server.stdout.read_bytes()))
    spoken = [json.dumps([answer.status, answer.headers]).encode() + answer.body for answer in heard]
    return workload, [database.data_dir, server.stdout, server.stderr, *others], spoken


def search_for(workload):
    codes = workload.codes.used
    distinctive = {code for code in codes if len(code) >= DISTINCTIVE_DIGITS}
    return Search(numbers=[*ALL_NUMBERS, BAD_CHECK_DIGIT, *sorted(distinctive)], codes=sorted(codes - distinctive))


def test_no_number_and_no_code_is_found_anywhere(sent):
    workload, roots, spoken = sent
    search = search_for(workload)
    found, bytes_seen = search.through_files(*roots)
    if search.through(b"\n".join(spoken)):
        found |= {f"the answer {answer}": secrets for answer in spoken if (secrets := search.through(answer))}
    assert not found, "\n".join(f"{place}: {secrets}" for place, secrets in found.items())
    print(f"{len(search.needles)} needles; {bytes_seen / 1e6:.1f} MB of files, " f"{len(spoken)} answers")


def test_every_write_of_the_contract_was_sent(sent):
    """A new route cannot be forgotten here."""
    workload, _, _ = sent
    paths = yaml.safe_load((ROOT / "openapi.yaml").read_text())["paths"]
    writes = {
        operation["operationId"]
        for path in paths.values()
        for method, operation in path.items()
        if method in ("post", "put", "delete", "patch")
    }
    # Nobody signs webhooks for a server that has no secret of theirs.
    webhooks = {"receiveStripeWebhook", "receiveStripeWebhookAsStripeBack"}
    assert writes - webhooks <= {step.operation for step in workload.steps if step.done}
    bodies = writes - {"deletePaymentMethod", "crudDeletePaymentMethod", "scrubPaymentMethod", "actionQueryMore"}
    assert bodies - {step.operation for step in workload.steps if not step.done} <= {"actionDelete", "actionQuery"}


@pytest.mark.parametrize("digits", ALL_NUMBERS)
def test_a_number_that_was_left_behind_is_found_in_every_form(digits, tmp_path):
    search = Search(numbers=ALL_NUMBERS)
    for form, data in planted(digits).items():
        path = tmp_path / "leak"
        path.write_bytes(bytes(5000) + data + bytes(5000))
        found, _ = search.through_files(tmp_path)
        assert (digits, form) in found.get(str(path), ()), form


def test_a_code_that_was_left_behind_is_found_beside_its_name_and_as_a_hash(tmp_path):
    search = Search(codes=["739"])
    for text in (b'{"securityCode":"739"}', b"security_code=739&", b"SecurityCode(739)", b"cvv: 739", b"CVV2 '739'"):
        assert search.through(text) == {("739", "beside its name")}, text
    for form in ("md5, hex", "sha1, raw", "sha256, hex", "sha256, raw"):
        assert ("739", form) in search.through(b"x" + forms("739")[form] + b"y")
    for text in (b'{"securityCode":"7391"}', b"739", b"security code, at 10:739", b"cvv1739"):
        assert not search.through(text), text


def test_all_of_a_real_leak_is_found(tmp_path, this_year):
    """A number that is written where the server writes: into the database, its log of writes, and a log line."""
    database = Sqlite(tmp_path)
    server = database.server()
    try:
        server.start()
        api = Api(server.port, server.credentials())
        # Four groups with dots are no card number to the server, which stores them as the street they may be.
        workload = Workload(api, Codes(111), this_year)
        holder = {"cardHolderName": "Leo", "addressLine1": ".".join(["4111", *["1111"] * 3])}
        workload.must(
            "createCreditCard", "POST", "/v1/payment-methods/credit-cards", workload.older("A-1", cardHolderInfo=holder)
        )
    finally:
        server.discard()
    assert Search().through_files(database.data_dir)[0] == {}
    search = Search()
    search.needles = [("a street", "plain", b"4111.1111.1111.1111")]
    found, _ = search.through_files(database.data_dir)
    assert {Path(place).name for place in found} == {"cardfile.sqlite-wal"}
