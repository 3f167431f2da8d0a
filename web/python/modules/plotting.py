"""Charts under a cell."""

import json
import math

from _cell_host import host

MOST_POINTS = 10_000


def plot_xy(x, y, xlabel="", ylabel="", title=""):
    """Draws the line through the points (x[i], y[i]) under the cell.

    x, y: sequences or arrays of numbers of the same length, at most 10,000 points; points that are not finite leave a
    gap. xlabel, ylabel, title: texts.
    """
    xs, ys = _numbers(x, "x"), _numbers(y, "y")
    if len(xs) != len(ys):
        raise ValueError(f"plot_xy needs as many x as y: got {len(xs)} and {len(ys)}")
    if not xs:
        raise ValueError("plot_xy needs at least one point")
    if len(xs) > MOST_POINTS:
        raise ValueError(f"plot_xy draws at most {MOST_POINTS:,} points: got {len(xs):,}")
    host.plot(json.dumps({"x": xs, "y": ys, "xLabel": str(xlabel), "yLabel": str(ylabel), "title": str(title)}))


def _numbers(values, name):
    try:
        values = values.tolist() if hasattr(values, "tolist") else list(values)
        numbers = [float(value) for value in values]
    except (TypeError, ValueError):
        raise ValueError(f"plot_xy: {name} must be a flat sequence of numbers") from None
    return [value if math.isfinite(value) else None for value in numbers]
