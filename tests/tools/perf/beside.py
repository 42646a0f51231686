"""What some callers notice of others."""

from perf.figures import Series
from perf.stand import new_cards

FEW = 4
SOME = 16
LINES_A_SECOND = 30_000


def an_import(bench, stand, name):
    """Single writes of a few callers, while an upload takes all that is left."""
    file, names, seconds = bench.home / "beside.gz", iter(range(10**9)), bench.size.seconds

    def beside():
        # More than are taken until the load is over.
        new_cards(file, round(LINES_A_SECOND * max(seconds, 1)), f"beside-{next(names)}")
        with stand.uploading(file):
            return stand.load("put", FEW, seconds, next(bench.seeds))

    runs = {"alone": bench.load(stand, connections=FEW), "beside": beside}
    found = bench.take_turns(f"PUT beside an import, {name}", runs)
    what = f"PUT {name} {FEW} beside an import p99"
    bench.latency(what, found["beside"], "the same without, p99", found["alone"])


def a_large_account(bench, stand, name):
    """Writes to cards of their own, while others write to the many cards of one account, and to many others."""
    cards = f"{bench.size.account:,}".replace(",", " ")
    large = stand.add_large_account(bench.size.account)

    def beside(ids):
        def run():
            with stand.writing(ids, SOME):
                return stand.load("put", SOME, bench.size.seconds, next(bench.seeds))

        return run

    runs = {"large": beside(large), "others": beside(stand.ids)}
    found = bench.take_turns(f"PUT beside writes to one account of {cards} cards, {name}", runs)
    rates = {which: [sample.rate for sample in samples] for which, samples in found.items()}
    what = f"PUT {name} {SOME} beside {SOME} on one account of {cards} cards"
    bench.line(what, "/s", rates["large"], Series("beside as many on other accounts", rates["others"]))
