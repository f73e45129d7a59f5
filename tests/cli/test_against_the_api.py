"""Commands that talk to the API: forecasts in every form, jobs, doctor, completion, exit codes."""

import csv
import io
import json
import os
import re
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

from tests.platform import ROOT, Platform

OFFICE = ("--meter-type", "electricity", "--meter-id", "demo_office")
HOURS_OF_TWO_DAYS = 48


@pytest.fixture(scope="module")
def trained(platform: Platform) -> Platform:
    """The platform with a model of the demo's office."""
    platform.load_demo()
    platform.trained(meter_type="electricity", meter_id="demo_office")
    return platform


def energy(platform: Platform, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run the command as a user of this platform's machine would."""
    command = [str(Path(sys.executable).parent / "energy"), *arguments]
    environment = {**os.environ, **platform.environment, "COLUMNS": "100", **more}
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


def test_readings_are_deleted_once_that_is_confirmed(platform: Platform) -> None:
    platform.http.put("/meters/water/cli", json={"timezone": "UTC"})
    sent = [{"time": f"2026-01-01T{hour:02d}:00:00Z", "value": hour} for hour in range(24)]
    platform.client.send_readings("water", "cli", sent)
    meter = ("--meter-type", "water", "--meter-id", "cli")
    day = ("--start", "2026-01-01", "--end", "2026-01-01")

    asked = energy(platform, "readings", "delete", *meter, *day)
    assert (asked.returncode, "Delete the readings of water/cli" in asked.stdout) == (1, True)
    done = energy(platform, "readings", "delete", *meter, *day, "--yes")
    assert (done.returncode, done.stdout) == (0, "24 readings deleted\n"), done.stderr

    reversed_day = ("--start", "2026-01-02", "--end", "2026-01-01")
    refused = energy(platform, "readings", "delete", *meter, *reversed_day, "--yes")
    assert (refused.returncode, "lies before" in refused.stderr) == (1, True)


def test_a_forecast_is_a_table_in_the_meters_zone(trained: Platform) -> None:
    done = energy(trained, "forecast", *OFFICE, "--days", "2")
    assert done.returncode == 0, done.stderr
    assert "time (Europe/Rome)" in done.stdout
    assert len(re.findall(r"\d{4}-\d\d-\d\d \d\d:\d\d", done.stdout)) >= HOURS_OF_TWO_DAYS


def test_a_forecast_is_csv_for_other_programs(trained: Platform) -> None:
    done = energy(trained, "forecast", *OFFICE, "--days", "2", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert len(rows) == HOURS_OF_TWO_DAYS
    assert all(float(row["p10"]) <= float(row["p50"]) <= float(row["p90"]) for row in rows)
    assert datetime.fromisoformat(rows[0]["time"]).tzinfo is not None


def test_a_forecast_is_json_as_the_api_gives_it(trained: Platform) -> None:
    done = energy(trained, "forecast", *OFFICE, "--days", "2", "--format", "json")
    assert len(json.loads(done.stdout)["points"]) == HOURS_OF_TWO_DAYS


def test_a_forecast_is_drawn_in_the_terminal(trained: Platform) -> None:
    done = energy(trained, "forecast", *OFFICE, "--days", "2", "--plot")
    assert done.returncode == 0, done.stderr
    assert "kWh per hour, P50 between P10 and P90, times in Europe/Rome" in done.stdout
    assert len(set(done.stdout) & set("▖▗▘▙▚▛▜▝▞▟▌▐▀▄█")) > 3


def test_a_forecast_is_a_picture_where_matplotlib_is(trained: Platform, tmp_path: Path) -> None:
    file = tmp_path / "week.png"
    done = energy(
        trained, "forecast", *OFFICE, "--days", "2", "--format", "csv", "--png", str(file)
    )
    if done.returncode:
        assert "energy-forecasting[plots]" in done.stderr
    else:
        assert file.read_bytes()[:4] == b"\x89PNG"


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        pytest.param(("forecast", *OFFICE), 2, "Say --days", id="no-dates"),
        pytest.param(("forecast", *OFFICE, "--days", "0"), 2, "--days", id="no-days"),
        pytest.param(
            ("forecast", "--meter-type", "water", "--meter-id", "nobody", "--days", "1"),
            1,
            "There is no meter water/nobody",
            id="unknown-meter",
        ),
        pytest.param(("jobs", "watch", "no-such-job"), 1, "There is no job", id="unknown-job"),
        pytest.param(("nonsense",), 2, "No such command", id="unknown-command"),
    ],
)
def test_a_wrong_call_says_what_is_wrong(
    trained: Platform, arguments: tuple[str, ...], code: int, words: str
) -> None:
    done = energy(trained, *arguments)
    assert done.returncode == code
    assert words in done.stderr


def test_without_an_api_the_command_says_so(trained: Platform) -> None:
    done = energy(trained, "jobs", API_PORT="1")
    assert done.returncode == 1
    assert "does not answer" in done.stderr
    assert "Traceback" not in done.stderr


def test_jobs_are_listed_shown_watched_and_cancelled(trained: Platform) -> None:
    meter = {"meter_type": "electricity", "meter_id": "demo_office"}
    done_job = trained.submit("/test_model/", **meter)
    trained.ended(done_job)
    assert done_job in energy(trained, "jobs").stdout
    shown = energy(trained, "jobs", "show", done_job)
    assert json.loads(shown.stdout)["status"] == "succeeded"
    assert energy(trained, "jobs", "watch", done_job).returncode == 0

    running = trained.submit("/trainmodel/", **meter, force=True)
    assert energy(trained, "jobs", "cancel", running).returncode == 0
    assert trained.ended(running)["status"] == "cancelled"
    watched = energy(trained, "jobs", "watch", running)
    assert watched.returncode == 1
    assert "cancelled" in watched.stderr


def test_the_doctor_finds_a_healthy_platform_well(trained: Platform) -> None:
    done = energy(trained, "doctor")
    assert done.returncode == 0, done.stdout + done.stderr
    for part in ("Redis", "Reading store", "Model store", "Workers", "API", "Streams", "Meters"):
        assert re.search(rf"^ok +{part}: ", done.stdout, re.MULTILINE), part


@pytest.mark.parametrize(
    ("given", "part", "remedy"),
    [
        pytest.param({"REDIS_URL": "redis://127.0.0.1:1/0"}, "Redis", "REDIS_URL", id="redis"),
        pytest.param({"API_PORT": "1"}, "API", "energy up", id="api"),
        pytest.param(
            {"INFLUX_URL": "http://127.0.0.1:1"}, "Reading store", "INFLUX_URL", id="influxdb"
        ),
        pytest.param({"API_PORT": "none"}, "Settings", "docs/configuration.md", id="settings"),
    ],
)
def test_the_doctor_says_what_is_wrong_and_how_to_mend_it(
    trained: Platform, given: dict[str, str], part: str, remedy: str
) -> None:
    done = energy(trained, "doctor", **given)
    assert done.returncode == 1
    assert re.search(rf"^wrong +{part}: ", done.stdout, re.MULTILINE), done.stdout
    assert remedy in done.stdout
    assert "Traceback" not in done.stderr


def test_the_doctor_makes_no_folder(trained: Platform, tmp_path: Path) -> None:
    missing = tmp_path / "mistyped"
    done = energy(trained, "doctor", MODEL_STORE_URL=str(missing))
    assert re.search(r"^warning +Model store: there is no folder", done.stdout, re.MULTILINE)
    assert "MODEL_STORE_URL" in done.stdout
    assert not missing.exists()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_completes_commands(trained: Platform, shell: str) -> None:
    script = energy(trained, "completion", shell).stdout
    assert "_ENERGY_COMPLETE" in script
    words = {"COMP_WORDS": "energy for", "COMP_CWORD": "1"}
    found = energy(trained, _ENERGY_COMPLETE="bash_complete", **words).stdout
    assert "forecast" in found
