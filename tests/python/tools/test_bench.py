"""tests/tools/perf: what is said about measurements follows from them."""

import xml.etree.ElementTree as ElementTree

import pytest

from perf import report
from perf.charts import chart, ticks
from perf.figures import Line, Series, amount, best, ratio
from perf.yardsticks import length

PUT = Series("PUT PostgreSQL 64", [8100.0, 7700.0, 8500.0])
UPDATE = Series("pgbench UPDATE at its best (16 clients)", [13500.0, 14000.0, 13900.0])
NOISY = Series("pgbench UPDATE at its best (16 clients)", [13500.0, 10000.0, 13900.0])


def test_the_middle_of_the_rounds_counts():
    assert PUT.median == 8100
    assert Series("even", [1.0, 2.0, 4.0, 9.0]).median == 3


def test_the_spread_is_the_whole_range_over_the_median():
    assert Series("spread", [90.0, 100.0, 115.0]).spread == pytest.approx(0.25)
    assert Series("once", [100.0]).spread == 0
    assert Series("nothing", [0.0, 0.0]).spread == 0


def test_a_ratio_is_of_medians_and_its_range_is_of_rounds():
    found = ratio(Series("a", [10.0, 20.0, 40.0]), Series("b", [20.0, 20.0, 10.0]))
    assert (found.value, found.low, found.high) == (1.0, 0.5, 4.0)


def test_series_of_different_rounds_are_not_compared():
    with pytest.raises(ValueError):
        ratio(PUT, Series("once", [1.0]))


def test_the_best_yardstick_is_the_fastest_in_the_middle_not_once():
    lucky, steady = Series("lucky", [1.0, 2.0, 100.0]), Series("steady", [5.0, 6.0, 7.0])
    assert best([lucky, steady]) is steady


def test_a_line_reads_as_a_sentence():
    assert str(Line(PUT, "/s", UPDATE)) == (
        "PUT PostgreSQL 64: 8 100/s against pgbench UPDATE at its best (16 clients) 13 900/s = 0.58 x (0.55-0.61)"
    )
    assert str(Line(Series("binary", [17.0]), "MiB")) == "binary: 17.0 MiB (17.0-17.0)"


@pytest.mark.parametrize(
    ("values", "noisy"), [([90.0, 100.0, 110.0], False), ([89.0, 100.0, 110.0], True), ([100.0], False)]
)
def test_a_yardstick_is_noisy_beyond_a_fifth(values, noisy):
    assert Series("yardstick", values).noisy is noisy


def test_a_ratio_to_a_noisy_yardstick_cannot_be_told():
    line = Line(PUT, "/s", NOISY)
    assert line.verdict == "cannot be told now: the yardstick differs from itself by 29%"
    assert str(line).endswith(f" -- {line.verdict}")
    # A figure may differ from itself: that is what the range of the ratio shows.
    assert Line(Series("PUT", [1.0, 2.0, 3.0]), "/s", UPDATE).verdict == ""


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [(13895.4, "/s", "13 895/s"), (0.613, "ms", "0.61 ms"), (17.25, "MiB", "17.2 MiB"), (999999.9, "/s", "1 000 000/s")],
)
def test_an_amount_has_as_many_digits_as_mean_something(value, unit, text):
    assert amount(value, unit) == text


def run(yardstick, rounds=3, seconds=10.0):
    size = report.Measured(rounds, seconds, cards=100_000)
    points = {(of, "PostgreSQL"): [(1, [100.0]), (64, [900.0])] for of in report.CHARTS}
    return report.Run([Line(PUT, "/s", yardstick)], points, size, "a machine", (0.1, 0.2, 0.3), (2.0, 1.0, 0.5))


def test_the_surroundings_name_what_cannot_be_told():
    assert "No yardstick differed from itself by more than 20%" in report.surroundings(run(UPDATE))
    assert f"- PUT PostgreSQL 64 against {NOISY.name}" in report.surroundings(run(NOISY))
    assert "Load average 0.1 0.2 0.3 before, 2.0 1.0 0.5 after" in report.surroundings(run(UPDATE))


def test_one_round_says_nothing_about_noise():
    assert "One round does not show how noisy it was" in report.surroundings(run(UPDATE, rounds=1))


@pytest.mark.parametrize(("seconds", "told", "is_said"), [(0.4, "-t50", True), (1, "-T3", False), (20.0, "-T20", False)])
def test_a_round_is_long_enough_for_pgbench_or_the_table_says_that_it_is_not(seconds, told, is_said):
    assert length(seconds) == told
    assert ("ratios to it say nothing" in report.surroundings(run(UPDATE, seconds=seconds))) is is_said


def test_only_what_is_between_the_marks_is_written_anew(tmp_path):
    page = tmp_path / "README.md"
    page.write_text(f"Before\n{report.BEGIN}\nold\n{report.END}\nAfter\n")
    report.write(run(UPDATE), tmp_path)
    once = page.read_text()
    report.write(run(UPDATE), tmp_path)
    assert page.read_text() == once
    assert once.startswith("Before\n") and once.endswith("\nAfter\n")
    assert "old" not in once and "0.58 x (0.55-0.61)" in once
    assert {path.stem for path in tmp_path.glob("*.svg")} == set(report.CHARTS)


def test_the_axis_has_round_numbers_and_reaches_the_highest():
    assert ticks(900) == [0, 200, 400, 600, 800, 1000]
    assert ticks(8115)[-1] >= 8115


@pytest.mark.parametrize("logarithmic", [False, True])
def test_a_chart_is_an_svg_with_a_point_for_each_median(logarithmic):
    drawn = chart("A < B", ("x", "y"), {"one": [(1, [1.0, 2.0, 3.0]), (4, [9.0])], "two": [(4, [5.0])]}, logarithmic)
    root = ElementTree.fromstring(drawn)
    assert len(root.findall("{http://www.w3.org/2000/svg}circle")) == 3
    assert "A < B" in [node.text for node in root.iter("{http://www.w3.org/2000/svg}text")]
