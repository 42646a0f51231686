"""Line charts as SVG. The places on the x axis are as far from each other as their order says, not their size."""

from math import ceil, floor, log10
from statistics import median
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 720, 400
LEFT, RIGHT, TOP, BOTTOM = 80, 170, 50, 60
COLOURS = ("#1b6ca8", "#d1495b", "#2e8b57", "#8e6c8a")
STEPS = (1, 2, 2.5, 5, 10)
GRID_LINES = 5


def ticks(highest):
    """Round numbers from 0 to beyond the highest."""
    size = highest / GRID_LINES or 1
    magnitude = 10 ** floor(log10(size))
    step = next(step * magnitude for step in STEPS if step * magnitude >= size)
    return [step * n for n in range(ceil(highest / step) + 1)]


def decades(lowest, highest):
    return [10.0**power for power in range(floor(log10(lowest)), ceil(log10(highest)) + 1)]


class Scale:
    def __init__(self, values, logarithmic):
        self.map = log10 if logarithmic else float
        self.ticks = decades(min(values), max(values)) if logarithmic else ticks(max(values))
        if len(self.ticks) < 2:
            self.ticks.append(self.ticks[0] * 10)

    def __call__(self, value):
        low, high = self.map(self.ticks[0]), self.map(self.ticks[-1])
        return HEIGHT - BOTTOM - (self.map(value) - low) / (high - low) * (HEIGHT - TOP - BOTTOM)


def chart(title, labels, lines, logarithmic=False):
    """`lines` is {name: [(x, values of the rounds)]}: a point at the median, and a bar from lowest to highest."""
    places = sorted({x for points in lines.values() for x, _ in points})
    y = Scale([value for points in lines.values() for _, values in points for value in values], logarithmic)
    width = WIDTH - LEFT - RIGHT

    def x(place):
        return LEFT + width * (places.index(place) + 0.5) / len(places)

    parts = [text(WIDTH / 2, 24, title, "middle", 16), text(LEFT, TOP - 10, labels[1], "start")]
    parts.append(text(LEFT + width / 2, HEIGHT - 14, labels[0], "middle"))
    for tick in y.ticks:
        parts.append(line((LEFT, y(tick)), (WIDTH - RIGHT, y(tick)), "#ddd"))
        parts.append(text(LEFT - 8, y(tick) + 4, number(tick), "end"))
    parts += [text(x(place), HEIGHT - BOTTOM + 20, number(place), "middle") for place in places]
    for n, (name, points) in enumerate(lines.items()):
        colour = COLOURS[n % len(COLOURS)]
        path = " ".join(f"{x(place):.1f},{y(median(values)):.1f}" for place, values in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        for place, values in points:
            parts.append(line((x(place), y(min(values))), (x(place), y(max(values))), colour))
            parts.append(f'<circle cx="{x(place):.1f}" cy="{y(median(values)):.1f}" r="3.5" fill="{colour}"/>')
        parts.append(line((WIDTH - RIGHT + 16, TOP + 20 * n), (WIDTH - RIGHT + 36, TOP + 20 * n), colour, 2))
        parts.append(text(WIDTH - RIGHT + 42, TOP + 20 * n + 4, name, "start"))
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif">'
    return "\n".join([head, f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>', *parts, "</svg>\n"])


def number(value):
    return f"{value:,.10g}".replace(",", " ")


def text(x, y, words, anchor, size=12):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}">{escape(words)}</text>'


def line(start, end, colour, width=1):
    (x1, y1), (x2, y2) = start, end
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" stroke-width="{width}"/>'
