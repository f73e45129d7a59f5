"""The examples, run as their first lines say."""

import re
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.files import JOB_MS, csv_file
from tests.platform import ROOT, Platform

EXAMPLES = ROOT / "examples"
PAGE = "sse_streaming.html"


def run(script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(EXAMPLES / "scripts" / script), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def load(platform: Platform, folder: Path, meter_id: str, *, hours: int) -> None:
    file = folder / f"{meter_id}.csv"
    file.write_bytes(csv_file(file.name, hours)["buffer"])  # type: ignore[arg-type]
    done = run("load_electricity_data.py", str(file), "--meter-id", meter_id, "--api", platform.url)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"{hours} readings stored, 1 rows left out")


def test_a_file_is_loaded_and_its_training_watched(platform: Platform, tmp_path: Path) -> None:
    load(platform, tmp_path, "example_year", hours=365 * 24)
    done = run("watch_training.py", "example_year", "--api", platform.url)
    assert done.returncode == 0, done.stderr
    shown = [float(line.split()[1]) for line in done.stdout.splitlines()]
    assert len(shown) > 2
    assert shown == sorted(shown)
    assert shown[-1] == 100


def test_a_training_that_fails_says_why(platform: Platform, tmp_path: Path) -> None:
    load(platform, tmp_path, "example_days", hours=48)
    done = run("watch_training.py", "example_days", "--api", platform.url)
    assert done.returncode == 1
    assert "48 of" in done.stderr


def test_an_unknown_meter_says_what_to_do(platform: Platform) -> None:
    done = run("watch_training.py", "nobody", "--api", platform.url)
    assert done.returncode == 1
    assert "PUT /meters/" in done.stderr


def test_the_notebook_needs_no_service() -> None:
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / "notebooks" / "forecast_with_ml.py")],
        cwd=ROOT, capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "less error than repeating last week" in done.stdout


def test_the_one_file_page_watches_a_training(
    platform: Platform, page: Page, tmp_path: Path
) -> None:
    load(platform, tmp_path, "example_page", hours=365 * 24)
    page.goto((EXAMPLES / "web_interface" / PAGE).as_uri())
    page.get_by_label("Address of the API").fill(platform.url)
    page.get_by_label("Meter id").fill("example_page")
    page.get_by_role("button", name="Start training").click()
    expect(page.get_by_role("status")).to_have_text(re.compile("succeeded: 100 %"), timeout=JOB_MS)
    assert page.locator("progress").evaluate("bar => bar.value") == 100
