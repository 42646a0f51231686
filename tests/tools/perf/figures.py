"""The arithmetic of the benchmark: medians, spreads, ratios, and when a ratio says nothing."""

from statistics import median
from typing import NamedTuple

# A yardstick that differs from itself by more than this cannot tell how long anything else is.
SPREAD_MAX = 0.20


class Series(NamedTuple):
    """What was measured under a name, once a round."""

    name: str
    values: list

    @property
    def median(self):
        return median(self.values)

    @property
    def spread(self):
        """The distance between the lowest and the highest, as a part of the median."""
        return (max(self.values) - min(self.values)) / self.median if self.median else 0.0

    @property
    def noisy(self):
        return self.spread > SPREAD_MAX


class Ratio(NamedTuple):
    """A figure over its yardstick: of the medians, and the lowest and highest of the rounds."""

    value: float
    low: float
    high: float

    def __str__(self):
        return f"{self.value:.2f} x ({self.low:.2f}-{self.high:.2f})"


def ratio(figure, yardstick):
    """Rounds are compared with themselves: what slowed the machine for one slowed both."""
    if len(figure.values) != len(yardstick.values):
        raise ValueError(f"{figure.name} and {yardstick.name} were not measured in the same rounds")
    rounds = [mine / other for mine, other in zip(figure.values, yardstick.values)]
    return Ratio(figure.median / yardstick.median, min(rounds), max(rounds))


def best(several):
    """The yardstick at its best: the one with the highest median."""
    return max(several, key=lambda series: series.median)


class Line(NamedTuple):
    """A row of the table. A yardstick that is a choice of several is the best of them."""

    figure: Series
    unit: str
    yardstick: Series | None = None

    @property
    def ratio(self):
        return ratio(self.figure, self.yardstick) if self.yardstick else None

    @property
    def verdict(self):
        """Why the ratio cannot be trusted, or nothing."""
        if self.yardstick and self.yardstick.noisy:
            return f"cannot be told now: the yardstick differs from itself by {self.yardstick.spread:.0%}"
        return ""

    def __str__(self):
        text = f"{self.figure.name}: {amount(self.figure.median, self.unit)}"
        if not self.yardstick:
            return f"{text} ({span(self.figure)})"
        text += f" against {self.yardstick.name} {amount(self.yardstick.median, self.unit)} = {self.ratio}"
        return f"{text} -- {self.verdict}" if self.verdict else text


def amount(value, unit):
    """A number with its unit, and thousands apart."""
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    number = f"{value:,.{digits}f}".replace(",", " ")
    return f"{number}{unit}" if unit.startswith("/") else f"{number} {unit}".rstrip()


def span(series):
    return f"{amount(min(series.values), '')}-{amount(max(series.values), '')}"
