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
