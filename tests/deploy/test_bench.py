"""The benchmarks start, and their page: written from figures, it says what was not measured."""

import runpy
import sys
from datetime import UTC, datetime

import pytest

from benchmarks.run import PARTS, ROOT, Outcome, Part, render, run
from benchmarks.scale_plan import Prices, plan

NOW = datetime(2026, 11, 23, tzinfo=UTC)
SCRIPTS = sorted(
    file.stem for file in (ROOT / "benchmarks").glob("*.py") if "__main__" in file.read_text()
)

COSTS = {
    "train_cpu_s": 6.0, "forecast_cpu_s": 0.1, "load_model_cpu_s": 0.05, "model_bytes": 1_000_000,
    "influx_read_cpu_s": 1e-6, "influx_write_cpu_s": 2e-6, "influx_bytes": 4.0,
    "job_worker_cpu_s": 0.02, "job_redis_cpu_s": 0.002, "submit_request_cpu_s": 0.002,
    "redis_base_bytes": 1e6, "redis_meter_bytes": 2000, "train_job_bytes": 20_000,
}  # fmt: skip


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_starts_and_says_what_it_takes(
    script: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", [script, "--help"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(ROOT / "benchmarks" / f"{script}.py"), run_name="__main__")
    assert ended.value.code == 0
    assert "usage:" in capsys.readouterr().out


def test_every_part_is_a_script() -> None:
    assert {part.command[0] for part in PARTS} <= {f"benchmarks.{script}" for script in SCRIPTS}


def test_every_part_is_on_the_page_or_says_why_not() -> None:
    outcomes = {part.name: Outcome(1.0, f"figures of {part.name}") for part in PARTS[:2]}
    outcomes |= {part.name: Outcome(problem="no such program") for part in PARTS[2:-1]}
    page = render(outcomes, {"processor": "one"}, quick=False, now=NOW)
    assert page.count("\n## ") == len(PARTS)
    assert page.count("Not measured here: no such program.") == len(PARTS) - 3
    assert f"--only {PARTS[-1].name}` has not been run" in page
    assert "figures of accuracy" in page
    assert "/home" not in page


@pytest.mark.parametrize(
    ("module", "problem"),
    [
        pytest.param("benchmarks.gone", "No module named benchmarks.gone", id="fails"),
        pytest.param("platform", "", id="works"),
    ],
)
def test_a_part_that_fails_is_told_of_and_stops_nothing(
    module: str, problem: str, tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("benchmarks.run.RESULTS", tmp_path)
    outcome = run(Part("one", "One", (module,)), quick=False)
    assert outcome.problem.endswith(problem)
    assert bool(outcome.problem) == bool(problem)
    assert bool(outcome.output) != bool(problem)
    assert (tmp_path / "one.txt").exists()


def test_a_part_that_lacks_something_is_not_started() -> None:
    part = Part("one", "One", ("benchmarks.gone",), missing=lambda: "no data")
    assert run(part, quick=True).problem == "no data"


def test_ten_times_the_meters_need_ten_times_the_workers() -> None:
    small, large = plan(COSTS, 10_000), plan(COSTS, 100_000)
    assert large.worker_cores == pytest.approx(10 * small.worker_cores)
    assert large.readings_gb_per_year == pytest.approx(10 * small.readings_gb_per_year)
    assert small.readings_gb_per_year == pytest.approx(10_000 * 96 * 365 * 4 / 1e9)
    assert small.points_per_s == pytest.approx(10_000 / 900)
    # 10,000 forecasts of about 0.16 s and a thirtieth of 6 s of training, in a night of six hours.
    assert 0.1 < small.worker_cores < 1


def test_money_follows_the_prices() -> None:
    one = plan(COSTS, 100_000, Prices(core=1, memory_gb=0, disk_gb=0, objects_gb=0))
    two = plan(COSTS, 100_000, Prices(core=2, memory_gb=0, disk_gb=0, objects_gb=0))
    assert two.euros_per_month == 2 * one.euros_per_month
