"""The accuracy benchmark runs on any folder of series and says who is better."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.ml.series import synthetic

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_the_benchmark_measures_a_folder_of_series(tmp_path: Path) -> None:
    series = synthetic(days=110)
    folder = tmp_path / "electricity"
    folder.mkdir()
    series.readings.to_frame("value").to_csv(folder / "made.csv", index_label="timestamp")
    (tmp_path / "series.json").write_text(json.dumps({"made": {"timezone": "Europe/Rome"}}))
    out = tmp_path / "out" / "accuracy"
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.accuracy", str(folder), "--out", str(out)],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    rows = {row["forecaster"]: row for row in json.loads(out.with_suffix(".json").read_text())}
    assert rows["weekly_naive"]["mae"] == rows["weekly_naive"]["naive_mae"]
    assert rows["energy"]["mae"] < rows["weekly_naive"]["mae"]
    assert rows["energy"]["coverage_80"] == pytest.approx(0.8, abs=0.12)
    assert "| energy |" in done.stdout


@pytest.mark.slow
def test_the_benchmark_of_short_histories_tells_what_similar_meters_bring(tmp_path: Path) -> None:
    folder = tmp_path / "electricity"
    folder.mkdir()
    for seed in (1, 2):
        # The second is of later years: it is moved back.
        series = synthetic(days=130, noise=0.2, seed=seed, start=f"202{seed}-01-01")
        file = folder / f"made{seed}.csv"
        series.readings.to_frame("value").to_csv(file, index_label="timestamp")
    out = tmp_path / "out" / "short"
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.short_histories", str(folder), "--weeks", "3",
         "--cuts", "1", "--out", str(out)],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    rows = json.loads(out.with_suffix(".json").read_text())
    assert [row["series"] for row in rows] == ["made1", "made2"]
    assert rows[0]["used"] == ["made2"]
    assert rows[0]["with_similar"] < rows[0]["alone"]
    assert all(row["used"] or row["with_similar"] == row["alone"] for row in rows)
    assert "| 3 | 2 |" in done.stdout
