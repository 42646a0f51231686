"""Below the queue bound nobody sees a lock error, however many write to one account at once."""

import threading

from proofs.api import Api
from proofs.ledger import Fields, Ledger
from proofs.load import make

THREADS = 64
WRITES = 8
ACCOUNT = "A-1"


class Caller(threading.Thread):
    """Creates a card, makes it the default, and changes it again and again."""

    def __init__(self, api, ledger, number, together):
        super().__init__()
        self.api = api
        self.ledger = ledger
        self.number = number
        self.together = together
        self.answers = []

    def run(self):
        self.together.wait()
        card = ""
        for count in range(WRITES):
            kind = "create" if not count else "default" if count % 2 else "update"
            write = make(kind, ACCOUNT, card, Fields.of(f"t{self.number}-{count}", self.ledger.this_year))
            self.ledger.note(write)
            answer = self.api.call(write.method, write.path, write.body, Zuora_Track_Id=write.mark)
            self.answers.append(answer)
            if answer.done:
                card = write.card = answer.json.get("id") or answer.json["paymentMethodId"]
                write.outcome = "done"
        self.api.close()


def test_many_callers_on_one_account_all_succeed_and_leave_one_default(database, server, this_year):
    server.start()
    ledger = Ledger(this_year)
    together = threading.Barrier(THREADS)
    callers = [Caller(Api(server.port, server.credentials()), ledger, number, together) for number in range(THREADS)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    answers = [answer for caller in callers for answer in caller.answers]
    failed = {(answer.status, answer.body) for answer in answers if not answer.done}
    assert not failed and len(answers) == THREADS * WRITES, failed

    problems = ledger.check(database)
    assert not problems, "\n".join(problems)
    (chain,) = ledger.chains.values()
    assert chain.seq == THREADS * WRITES
    api = Api(server.port, server.credentials())
    listed = api.call("GET", f"/v1/accounts/{ACCOUNT}/payment-methods").json
    defaults = [card["id"] for card in listed["creditcard"] if card["isDefault"]]
    assert defaults == [listed["defaultPaymentMethodId"]] == [chain.default.hex()]
    api.close()
