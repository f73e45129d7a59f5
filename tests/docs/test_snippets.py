"""Every command and snippet of README and docs is run against one platform, page by page.

What cannot be run here says why, in a comment before the block: `<!-- not run: reason -->`.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from data.simulation import simulate, write_demo_files
from tests.docs.snippets import PAGES, Snippet, snippets
from tests.platform import ROOT, Platform

ADDRESS = "http://127.0.0.1:8000"
"""As the documentation writes it; a test's platform has a port of its own."""
BLOCK_SECONDS = 240
OWN_METER = {"meter_type": "electricity", "meter_id": "meter_001"}
END_OF_OWN = datetime(2025, 12, 31, 23, tzinfo=UTC)
"""The last day before the one that the README forecasts, in Rome."""

OF_THE_MACHINE = re.compile(r"\b(sudo|docker|systemctl|kubectl|apt-get)\b|/etc/|/opt/")
"""What a test must not do to whatever runs it; such a block is marked as not run."""

ALL = [
    pytest.param(path, id=path.name)
    for path in PAGES
    if any(snippet.reason is None for snippet in snippets(path))
]


@pytest.fixture(scope="module")
def documented(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """A platform as a reader has it after the first steps: demo and one meter, both trained."""
    with Platform(tmp_path_factory.mktemp("documented")) as running:
        running.load_demo()
        running.http.put("/meters/electricity/meter_001", json={"timezone": "Europe/Rome"})
        readings = simulate(seed=1, end=END_OF_OWN, days=120)[0].readings
        meter = running.store.meter(**OWN_METER)
        running.store.write_readings(meter, readings)
        running.trained(**OWN_METER)
        running.trained(meter_type="electricity", meter_id="demo_household")
        yield running


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the commands run, with the files that they name."""
    made = tmp_path_factory.mktemp("reader")
    readings = simulate(seed=1, end=END_OF_OWN, days=120)[0].readings
    readings.rename_axis("timestamp").to_csv(made / "readings.csv")
    write_demo_files(made, end=END_OF_OWN)
    (made / "config").symlink_to(ROOT / "config")
    (made / "examples").symlink_to(ROOT / "examples")
    return made


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("path", ALL)
def test_a_page_does_what_it_says(
    documented: Platform, folder: Path, path: Path, request: pytest.FixtureRequest
) -> None:
    names = _names(documented)
    for snippet in snippets(path):
        if snippet.reason is not None or OF_THE_MACHINE.search(snippet.code):
            continue
        code = _filled(snippet.code, documented)
        if snippet.language == "python":
            exec(compile(code, str(snippet), "exec"), names)
        elif snippet.language == "javascript":
            _in_browser(request.getfixturevalue("page"), documented, snippet, code)
        else:
            _in_shell(documented, folder, snippet, code)


def test_nothing_that_changes_the_machine_is_run() -> None:
    found = [snippet for path in PAGES for snippet in snippets(path) if snippet.reason is None]
    assert [str(one) for one in found if OF_THE_MACHINE.search(one.code)] == []


def test_what_is_not_run_says_why() -> None:
    found = [snippet for path in PAGES for snippet in snippets(path)]
    assert len(found) > 20
    assert [str(one) for one in found if one.reason is not None and len(one.reason) < 10] == []


def _filled(code: str, platform: Platform) -> str:
    """The code with what stands for a reader's own: address, newest training, dates."""
    jobs = platform.http.get("/jobs/?limit=200").json()["jobs"]
    newest = next(job["task_id"] for job in jobs if job["kind"] == "train")
    last = platform.http.get("/meters/electricity/demo_household").json()["readings"]["last"]
    tomorrow = datetime.fromisoformat(last).date() + timedelta(days=1)
    for word, stands_for in {
        ADDRESS: platform.url,
        "TASK_ID": newest,
        "task-id": newest,
        '"START"': f'"{tomorrow}"',
        '"END"': f'"{tomorrow + timedelta(days=6)}"',
    }.items():
        code = code.replace(word, stands_for)
    return code


def _in_shell(platform: Platform, folder: Path, snippet: Snippet, code: str) -> None:
    here = str(Path(sys.executable).parent)
    environment = {**os.environ, **platform.environment, "PATH": f"{here}:{os.environ['PATH']}"}
    done = subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", code], cwd=folder, env=environment,
        capture_output=True, text=True, timeout=BLOCK_SECONDS, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"{snippet}\n{done.stdout[-1500:]}\n{done.stderr[-1500:]}"
    # curl exits with 0 for an error answer: its code is looked for.
    assert '"code":' not in done.stdout.split('"result"')[0][:200], f"{snippet}\n{done.stdout}"


def _in_browser(page: Page, platform: Platform, snippet: Snippet, code: str) -> None:
    page.goto(platform.url)
    if "console.log(`Status" in code:
        with page.expect_console_message(lambda message: "Progress: 100%" in message.text):
            page.evaluate(f"() => {{ {code} }}")
    else:
        page.evaluate(f"async () => {{ {code} }}")


def _names(platform: Platform) -> dict[str, Any]:
    """What snippets of Python take for granted: readings, weather and a meter."""
    simulated = simulate(seed=2, end=END_OF_OWN, days=60)[0]
    kept = platform.folder / "forecaster"
    kept.mkdir(exist_ok=True)
    return {
        "readings": simulated.readings,
        "history": simulated.readings,
        "weather": simulated.weather,
        "meter": simulated.meter,
        "folder": kept,
        "start": END_OF_OWN,
        "end": END_OF_OWN + timedelta(days=2),
    }
