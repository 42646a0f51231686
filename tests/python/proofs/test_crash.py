"""A write that was answered survives: the server, and PostgreSQL itself, killed with -9 at random moments."""

import os
import time
from random import Random

from proofs.api import Api
from proofs.ledger import Ledger
from proofs.load import Load
from proofs.server import wait_for

KILLS = int(os.environ.get("CARDFILE_PROOF_KILLS", 200))
# How many kills of the server come to one of PostgreSQL itself.
KILLS_PER_DATABASE_KILL = 10
# When after the start of the load.
SOONEST_SECONDS, LATEST_SECONDS = 0.02, 0.3
# The other rounds may end before there is a connection to the database.
WARM_SHARE = 0.5
WRITERS = 6
REPLAYS = 3
RECOVERY_SECONDS = 60


class Round:
    """Load, death, life, and a look at everything."""

    def __init__(self, database, server, load, random):
        self.database = database
        self.server = server
        self.load = load
        self.random = random
        self.acknowledged = 0
        self.unanswered = 0

    def run(self, kill):
        known = len(self.load.ledger.writes)
        with self.load.running(self.server.port, self.server.credentials(), WRITERS) as writers:
            if self.random.random() < WARM_SHARE:
                self.load.wait_for_the_first(writers)
            writers[0].stopped.wait(self.random.uniform(SOONEST_SECONDS, LATEST_SECONDS))
            kill()
        self.acknowledged += sum(writer.acknowledged for writer in writers)
        writes = list(self.load.ledger.writes.values())[known:]
        self.unanswered += sum(write.outcome == "unknown" for write in writes)
        self.check()
        self.load.relearn(self.load.ledger)
        self.ask_again(writes)

    def check(self):
        problems = self.load.ledger.check(self.database)
        assert not problems, "\n".join(problems)

    def ask_again(self, writes):
        """A caller that got no answer repeats its request under its key, and gets one effect and one answer."""
        api = Api(self.server.port, self.server.credentials())
        for write in writes:
            if write.keyed and write.outcome == "unknown":
                assert self.load.ask(api, write), f"{write.mark} asked again: {write.status}"
        done = [write for write in writes if write.keyed and write.outcome == "done"]
        for write in self.random.sample(done, min(REPLAYS, len(done))):
            card = write.card
            assert self.load.ask(api, write) and (write.outcome, write.card) == ("done", card), f"{write.mark} replayed"
        for write in writes:
            if write.kind == "attach" and write.outcome == "done" and write.card in self.load.cards[write.account]:
                assert api.call("GET", write.path).done, f"the card of {write.mark} is not found where it is now"
        api.close()

    def kill_server(self):
        self.server.kill()
        self.server.start("--lanes", str(self.random.choice([1, 2])))
        self.database.settle(self.server.started_at)

    def kill_database(self):
        """The server stays up, and is to recover by itself."""
        self.database.cluster.kill()
        self.database.cluster.start()
        api = Api(self.server.port, self.server.credentials())
        wait_for(lambda: api.call("GET", "/health/ready").status == 200, RECOVERY_SECONDS, "the server to recover")
        api.close()


def test_every_acknowledged_write_survives_and_every_other_is_whole_or_absent(database, server, seed, this_year):
    started = time.monotonic()
    random = Random(seed)
    ledger = Ledger(this_year)
    load = Load(ledger, this_year, seed)
    server.start()
    ledger.check(database)
    round = Round(database, server, load, random)
    kills = {round.kill_server: KILLS}
    if database.name == "postgres":
        kills[round.kill_database] = KILLS // KILLS_PER_DATABASE_KILL
    order = [kill for kill, times in kills.items() for _ in range(times)]
    random.shuffle(order)
    for number, kill in enumerate(order):
        print(f"kill {number + 1}: {kill.__name__}")
        round.run(kill)
    round.check()
    # Once more from the first event: what was right after its own kill may have been lost in a later one.
    everything = Ledger(this_year, ledger.writes)
    problems = everything.check(database)
    assert not problems, "\n".join(problems)
    assert round.acknowledged > len(order), "there was no load to speak of"
    refused = sorted({write.status for write in ledger.writes.values() if write.outcome == "refused"})
    assert set(refused) <= {400, 404}, f"below the queue bound there are no lock errors, but there was {refused}"
    print(
        f"{database.name}: {', '.join(f'{times} times {kill.__name__}' for kill, times in kills.items())}; "
        f"{len(ledger.writes)} writes, {round.acknowledged} acknowledged, {round.unanswered} unanswered, 0 lost; "
        f"{sum(chain.seq for chain in everything.chains.values())} events; {time.monotonic() - started:.0f} s"
    )
