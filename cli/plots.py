"""A forecast as a picture: in the terminal (plotext), or as a PNG (matplotlib, extra `plots`)."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from config.errors import EnergyError

HEIGHT = 20
MOST_LABELS = 8
"""Days named beneath a terminal plot; more would run into each other on 80 columns."""
RATES = ("/", "W")
"""Signs of a unit that is a rate already: kW, m3/h."""

RESET = "\x1b[0m"
"""plotext ends each line with it, also where there is no colour: noise in a file or a pipe."""
STEPS = {"PT15M": "15 min", "PT30M": "30 min", "PT1H": "hour", "P1D": "day"}

ACCENT, BAND = "#0b6e69", "#0b6e6930"


def terminal_plot(forecast: dict[str, Any], *, zone: str, width: int) -> str:
    """P50 as a bold line between dotted P10 and P90, days of `zone` beneath."""
    import plotext

    points, times = forecast["points"], _times(forecast, zone)
    figure = plotext.figure
    figure.clear()
    figure.theme("colorless")
    figure.plot_size(width, HEIGHT)
    for name, marker in (("p10", "braille"), ("p90", "braille"), ("p50", "hd")):
        signal = figure.signal([point[name] for point in points], marker=marker).lines()
        figure.draw(signal.label(name.upper()) if name == "p50" else signal)
    places = _day_starts(times)
    # The first point is number one on this axis.
    figure.ruler("x").ticks([p + 1 for p in places], [f"{times[p]:%a %d %b}" for p in places])
    figure.title(f"{_unit(forecast)}, P50 between P10 and P90, times in {zone}")
    return str(figure.build()).replace(RESET, "")


def write_png(forecast: dict[str, Any], path: Path, *, zone: str) -> None:
    """The same as a picture of 1200 x 500 pixels.

    :raises EnergyError: matplotlib is not installed.
    """
    try:
        from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
        from matplotlib.figure import Figure
    except ImportError as error:
        raise EnergyError(
            "--png needs matplotlib, which is not installed.",
            hint="pip install 'energy-forecasting[plots]', or leave --png out: --plot needs none.",
        ) from error
    times = _times(forecast, zone)
    low, middle, high = (
        [point[name] for point in forecast["points"]] for name in ("p10", "p50", "p90")
    )
    figure = Figure(figsize=(12, 5), dpi=100, layout="constrained")
    axes = figure.subplots()
    axes.fill_between(times, low, high, color=BAND, label="P10 to P90")  # type: ignore[arg-type]
    axes.plot(times, middle, color=ACCENT, label="P50")  # type: ignore[arg-type]
    locator = AutoDateLocator(tz=ZoneInfo(zone))
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator, tz=ZoneInfo(zone)))
    axes.set_ylabel(_unit(forecast))
    axes.set_title(f"{forecast['meter_type']}/{forecast['meter_id']}, times in {zone}")
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(path)


def _times(forecast: dict[str, Any], zone: str) -> list[datetime]:
    local = ZoneInfo(zone)
    return [datetime.fromisoformat(p["time"]).astimezone(local) for p in forecast["points"]]


def _day_starts(times: Sequence[datetime]) -> list[int]:
    """Places at which a local day begins, thinned out to as many as can be labelled."""
    starts = [0] + [i for i in range(1, len(times)) if times[i].date() != times[i - 1].date()]
    every = -(-len(starts) // MOST_LABELS)
    return starts[::every]


def _unit(forecast: dict[str, Any]) -> str:
    unit: str = forecast["unit"].replace("m3", "m³")
    if any(sign in unit for sign in RATES) and not unit.endswith("Wh"):
        return unit
    step = forecast["resolution"]
    return f"{unit} per {STEPS.get(step, step or 'reading')}"
