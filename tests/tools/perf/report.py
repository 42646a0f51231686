"""The table, the charts, and the page that holds them."""

from pathlib import Path
from typing import NamedTuple

from perf.charts import chart
from perf.figures import SPREAD_MAX, amount, span
from perf.yardsticks import is_too_short

BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
CHARTS = {
    "throughput": ("PUT over concurrency", "connections", "requests a second", False),
    "latency": ("Latency of a PUT over concurrency", "connections", "milliseconds", True),
    "memory": ("Memory over the size of an import", "lines", "MiB, at the highest", False),
    "cards": ("PUT at 64 connections over the number of cards", "cards", "requests a second", False),
}


class Measured(NamedTuple):
    """How much was done."""

    rounds: int
    seconds: float
    cards: int


class Run(NamedTuple):
    lines: list
    points: dict
    size: Measured
    machine: str
    load_before: tuple
    load_after: tuple


def row(line):
    """The cells of a row: what, how much, against what, how much of it, and whether that can be told."""
    cells = [line.figure.name, amount(line.figure.median, line.unit), span(line.figure)]
    if line.yardstick:
        cells += [line.yardstick.name, amount(line.yardstick.median, line.unit), str(line.ratio), line.verdict]
    return cells + [""] * (7 - len(cells))


HEADS = ["what", "median", "range", "against", "median", "ratio", ""]


def table(run):
    """One line each, as plain text."""
    return "\n".join(map(str, run.lines))


def markdown(run):
    rows = [HEADS, ["---", "--:", "--:", "---", "--:", "--:", "---"], *map(row, run.lines)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in rows)


def surroundings(run):
    doubtful = sorted({f"{line.figure.name} against {line.yardstick.name}" for line in run.lines if line.verdict})
    load = [" ".join(f"{part:.1f}" for part in parts) for parts in (run.load_before, run.load_after)]
    rounds = "1 round" if run.size.rounds == 1 else f"{run.size.rounds} rounds"
    text = (
        f"{run.machine}. {rounds} of {run.size.seconds:g} s on {amount(run.size.cards, 'cards')}. "
        f"Load average {load[0]} before, {load[1]} after."
    )
    if is_too_short(run.size.seconds):
        text += "\nSo short a round does not let pgbench get up to speed: ratios to it say nothing."
    if run.size.rounds == 1:
        return f"{text}\nOne round does not show how noisy it was."
    if not doubtful:
        return f"{text}\nNo yardstick differed from itself by more than {SPREAD_MAX:.0%}."
    listed = "\n".join(f"- {name}" for name in doubtful)
    return f"{text}\nToo noisy to tell, since the yardstick differed from itself by more than {SPREAD_MAX:.0%}:\n\n{listed}"


def write(run, directory):
    directory = Path(directory)
    images = []
    for name, (title, x, y, logarithmic) in CHARTS.items():
        lines = {line: points for (of, line), points in run.points.items() if of == name}
        (directory / f"{name}.svg").write_text(chart(title, (x, y), lines, logarithmic))
        images.append(f"![{title}]({name}.svg)")
    page = directory / "README.md"
    before, _, rest = page.read_text().partition(BEGIN)
    after = rest.partition(END)[2]
    measured = "\n\n".join([surroundings(run), markdown(run), *images])
    page.write_text(f"{before}{BEGIN}\n\n{measured}\n\n{END}{after}")
