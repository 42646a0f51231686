"""An upload may be sent again from the beginning whenever it broke: each of its lines takes effect once.

The server is killed with -9 while it answers, after more and more receipts, and started again; the same file is sent
each time. What was told before a kill is told again, to the letter. In the end there is one card for each line that
makes one, and one event for each line that changes one, in the order of the lines.
"""

import json
import os
from random import Random

from proofs.api import Api
from proofs.upload import Upload

KILLS = int(os.environ.get("CARDFILE_PROOF_UPLOAD_KILLS", 8))
LINES = 3000
ACCOUNTS = 40
NUMBER = "4111111111111111"


def new_card(account, year, mark):
    return {
        "accountKey": account,
        "creditCardType": "Visa",
        "creditCardNumber": NUMBER,
        "expirationMonth": 8,
        "expirationYear": year,
        "cardHolderInfo": {"cardHolderName": "Leo"},
        "mark__c": mark,
    }


def file(cards, year):
    """Cards to make, in accounts and on their own, some under a key; and changes, many of which repeat earlier ones."""
    for number in range(LINES):
        account = f"U-{number % ACCOUNTS}"
        match number % 4:
            case 0:
                yield new_card(account, year, number)
            case 1 if number % 3:
                # Alike but for their keys.
                yield new_card(account, year, 0) | {"externalKey": f"line {number}"}
            case 1:
                new = new_card(account, year, number)
                del new["accountKey"]
                new |= {"type": "CreditCard", "cardType": new.pop("creditCardType")}
                yield new | {"cardNumber": new.pop("creditCardNumber")}
            case _:
                card = cards[number // 4 % len(cards)]
                yield {"id": card, "numConsecutiveFailures": number // 80 % 2, "city": f"C{number % 7}"}


def test_each_line_of_an_upload_takes_effect_once(database, server, seed, this_year):
    random = Random(seed)
    year = this_year + 3
    server.start()
    api = Api(server.port, server.credentials())
    path = "/v1/payment-methods/credit-cards"
    cards = [api.call("POST", path, new_card(f"U-{n}", year, -1)).json["paymentMethodId"] for n in range(20)]
    api.close()
    lines = list(file(cards, year))
    told = []
    cut = 0
    moments = sorted(random.sample(range(1, LINES * 3 // 4), KILLS))
    for after in moments:
        broken = Upload(server, lines).run(after, server.kill)
        assert len(broken.receipts) >= after
        # What was answered before is answered fast, and may be so to the end before the signal comes.
        cut += broken.summary is None
        again = min(len(told), len(broken.receipts))
        assert broken.receipts[:again] == told[:again]
        told = max(told, broken.receipts, key=len)
        server.start("--lanes", str(random.choice([1, 2])))
        database.settle(server.started_at)
    assert cut > KILLS // 2, f"of {KILLS} uploads only {cut} were cut off"
    whole = Upload(server, lines).run()
    assert whole.summary["complete"] and whole.summary["lines"] == LINES and not whole.summary["refused"]
    assert whole.summary["replayed"] >= len(told)
    assert whole.receipts[: len(told)] == told
    after_all = Upload(server, lines).run()
    assert after_all.receipts == whole.receipts and after_all.summary["replayed"] == LINES
    check(database, cards, lines, whole)
    print(f"{database.name}: {cut} cut off, killed after {moments} of {LINES} receipts, {whole.summary}")


def check(database, cards, lines, whole):
    made = [receipt["id"] for line, receipt in zip(lines, whole.receipts) if "id" not in line]
    assert len(set(made)) == len(made) == whole.summary["created"]
    with database.reader() as select:
        assert select("SELECT count(*) FROM card") == [(len(made) + len(cards),)]
        for card in cards:
            sql = "SELECT kind FROM event WHERE card_id = ? ORDER BY seq"
            kinds = [kind for (kind,) in select(sql, (database.uuid(bytes.fromhex(card)),))]
            results = [receipt["result"] for receipt in whole.receipts if receipt["id"] == card]
            assert kinds == ["card.created"] + ["card.updated"] * results.count("updated")
            assert set(results) <= {"updated", "unchanged"} and "updated" in results
        numbers = select("SELECT count(*) FROM event WHERE kind = 'card.created'")
        assert numbers == [(len(made) + len(cards),)]
    assert json.dumps(whole.receipts).count(NUMBER) == 0
