"""Weight and speed of the pages, in Debian's Chromium.

    python -m benchmarks.pages [--meters 10000] [--out results/pages.json]

Per page: bytes of everything it loads, first paint, and when what it asked for was there; medians
of five loads with a cold cache. Then the chart of a meter with two years of hourly readings, a
forecast and its band; and the overview's answer for many meters, cold and kept.
"""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from data.meters import Meter
from tests.browsers import FLAGS
from tests.platform import Platform
from tests.processes import needed

LOADS = 5
HOUSEHOLD = "/dashboard/meters/electricity/demo_household"
PAGES = {
    "overview": ("/", "#rows tr"),
    "meter": (HOUSEHOLD, "#chart canvas"),
    "jobs": ("/dashboard/jobs", "#rows tr"),
    "import": ("/dashboard/import", "#import-form"),
    "health": ("/dashboard/health", "#checks tr"),
}
"""Path, and what is there once the page has what it asked for."""

DRAW = """async ({ hours, ahead }) => {
  const module = document.querySelector('script[type=module]').src;
  const { ConsumptionChart } = await import(new URL('chart.js', module));
  const box = document.getElementById('chart');
  const at = (i) => new Date(1.7e12 + 3.6e6 * i).toISOString();
  const value = (i) => 1 + Math.sin(i / 24 * 6.28) + Math.random() / 5;
  const numbers = Array.from({ length: hours }, (_, i) => i);
  const history = { times: numbers.map(at), values: numbers.map(value) };
  const points = Array.from({ length: ahead }, (_, i) => ({
    time: at(hours + i), p10: value(i) - 0.3, p50: value(i), p90: value(i) + 0.3,
  }));
  const times = [];
  for (let round = 0; round < 7; round += 1) {
    box.replaceChildren();
    const chart = new ConsumptionChart(box, { unit: 'kWh', timezone: 'Europe/Rome' }, 3600);
    const began = performance.now();
    chart.draw(history, points);
    await new Promise((resolve) => { requestAnimationFrame(() => setTimeout(resolve)); });
    times.push(performance.now() - began);
    chart.close();
  }
  return times;
}"""


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description="Weight and speed of the pages.")
    parser.add_argument("--meters", type=int, default=10_000)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, Platform(Path(folder)) as platform:
        platform.load_demo()
        platform.ended(
            platform.submit("/test_model/", meter_type="water", meter_id="demo_water_district")
        )
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=needed("chromium", "chromium"), args=list(FLAGS)
            )
            found: dict[str, Any] = {
                "pages": {name: _page(browser, platform.url, *PAGES[name]) for name in PAGES},
                "chart": _chart(browser, platform.url),
            }
            found["overview"] = _overview(platform, options.meters)
            browser.close()
    _print(found, options.meters)
    if options.out:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(json.dumps(found, indent=2))


def _page(browser: Browser, url: str, path: str, ready: str) -> dict[str, float]:
    loads = [_load(browser, url + path, ready) for _ in range(LOADS)]
    return {key: round(statistics.median(load[key] for load in loads), 1) for key in loads[0]}


def _load(browser: Browser, url: str, ready: str) -> dict[str, float]:
    """One load in a context of its own, which has nothing in its cache."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    began = time.perf_counter()
    page.goto(url)
    page.locator(ready).first.wait_for()
    filled = 1000 * (time.perf_counter() - began)
    measured = page.evaluate(
        """() => ({
          paint: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0,
          bytes: ['navigation', 'resource'].flatMap((kind) => performance.getEntriesByType(kind))
            .reduce((sum, entry) => sum + entry.decodedBodySize, 0),
        })"""
    )
    context.close()
    return {
        "kB": measured["bytes"] / 1000,
        "first_paint_ms": measured["paint"],
        "filled_ms": filled,
    }


def _chart(browser: Browser, url: str) -> dict[str, float]:
    page = _opened(browser, url + HOUSEHOLD)
    times = page.evaluate(DRAW, {"hours": 2 * 8760, "ahead": 168})
    return {"median_ms": round(statistics.median(times), 1), "slowest_ms": round(max(times), 1)}


def _opened(browser: Browser, url: str) -> Page:
    page = browser.new_page()
    page.goto(url)
    page.locator("#chart canvas").first.wait_for()
    return page


def _overview(platform: Platform, meters: int) -> dict[str, float]:
    """Milliseconds of the first page among many meters: cold, kept, searched."""
    for number in range(meters):
        platform.store.put_meter(Meter("water", f"m{number:05}", unit="m3", name=f"House {number}"))
    time.sleep(6)  # longer than a process keeps the list
    return {
        "cold_ms": _timed(lambda: platform.http.get("/overview/")),
        "kept_ms": _median(lambda: platform.http.get("/overview/")),
        "search_ms": _median(lambda: platform.http.get("/overview/?search=house%204711")),
        "last_page_ms": _median(lambda: platform.http.get(f"/overview/?offset={meters - 50}")),
    }


def _median(ask: Callable[[], object]) -> float:
    return statistics.median(_timed(ask) for _ in range(9))


def _timed(ask: Callable[[], object]) -> float:
    began = time.perf_counter()
    ask()
    return round(1000 * (time.perf_counter() - began), 1)


def _print(found: dict[str, Any], meters: int) -> None:
    print("| page | kB, all files | first paint ms | filled ms |\n|---|---|---|---|")
    for name, one in found["pages"].items():
        print(
            f"| {name} | {one['kB']:.0f} | {one['first_paint_ms']:.0f} | {one['filled_ms']:.0f} |"
        )
    chart, overview = found["chart"], found["overview"]
    print(f"\nChart, 17 520 readings and a week's forecast with its band: {chart['median_ms']} ms")
    print(
        f"Overview of {meters:,} meters: {overview['cold_ms']} ms at first,"
        f" {overview['kept_ms']} ms then, a search {overview['search_ms']} ms,"
        f" the last page {overview['last_page_ms']} ms"
    )


if __name__ == "__main__":
    main()
