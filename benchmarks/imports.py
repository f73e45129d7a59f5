"""What reading files costs: a million rows of CSV, ten times fewer, a workbook of 100 000 rows.

    python -m benchmarks.imports                      # this checkout alone
    python -m benchmarks.imports --against ../before  # beside another one, turn by turn
    python -m benchmarks.imports --json OUT

CPU seconds and peak memory, each in a process of its own; medians over the rounds. Ratios of one
run can be compared, seconds of two machines can't. The other checkout is run with this Python.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from tests.browser.files import workbook

_RUN = """
import json, sys, time
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from data.embedded import EmbeddedStore
from data.importers import import_table
from data.meters import Meter
store = EmbeddedStore(Path(sys.argv[3]))
began = time.process_time()
if sys.argv[2].endswith(".xlsx"):
    from data.importers.importing import import_readings
    summary = import_readings(store, Meter("electricity", "large"), Path(sys.argv[2]))
else:
    summary = import_table(store, Meter("electricity", "large"), Path(sys.argv[2]))
seconds = time.process_time() - began
assert summary.accepted == summary.rows > 0
peak = Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]
print(json.dumps([seconds, int(peak) / 1024]))
"""


def write_csv(path: Path, rows: int) -> Path:
    """Minutes with a value that never repeats for long."""
    index = pd.date_range("2020-01-01", periods=rows, freq="min", tz="UTC")
    values = np.random.default_rng(1).gamma(2, 50, rows).round(2)
    frame = pd.DataFrame({"timestamp": index.strftime("%Y-%m-%dT%H:%M:%SZ"), "value": values})
    frame.to_csv(path, index=False)
    return path


def write_workbook(path: Path, rows: int) -> Path:
    """Times as text, values as numbers."""
    index = pd.date_range("2020-01-01", periods=rows, freq="15min")
    values = np.random.default_rng(2).gamma(2, 50, rows).round(2)
    cells = zip(index.strftime("%Y-%m-%d %H:%M"), values.tolist(), strict=True)
    path.write_bytes(workbook([["Time", "Usage (kWh)"], *map(list, cells)]))
    return path


def measure(checkout: Path, file: Path) -> tuple[float, float]:
    """CPU seconds and peak MB of one import."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-c", _RUN, str(checkout), str(file), f"{folder}/store.db"]
        done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=checkout)
    seconds, peak = json.loads(done.stdout)
    return float(seconds), float(peak)


def main() -> None:
    """Write the files, read them, print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--against", type=Path, help="another checkout, measured turn by turn")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    here = Path(__file__).resolve().parents[1]
    found: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        files = {
            "csv, 1 000 000 rows": write_csv(Path(folder) / "million.csv", 1_000_000),
            "csv, 100 000 rows": write_csv(Path(folder) / "tenth.csv", 100_000),
            "xlsx, 100 000 rows": write_workbook(Path(folder) / "book.xlsx", 100_000),
        }
        for name, file in files.items():
            sides = {"here": here}
            if given.against and file.suffix == ".csv":
                sides = {"before": given.against.resolve(), "here": here}
            runs: dict[str, list[tuple[float, float]]] = {side: [] for side in sides}
            for _ in range(given.rounds):
                for side, checkout in sides.items():
                    runs[side].append(measure(checkout, file))
            row = {f"{side} s": statistics.median(s for s, _ in runs[side]) for side in sides}
            row |= {f"{side} MB": statistics.median(m for _, m in runs[side]) for side in sides}
            if len(sides) == 2:
                pairs = zip(runs["before"], runs["here"], strict=True)
                row["rate here / before"] = statistics.median(b[0] / h[0] for b, h in pairs)
            found[name] = row
            print(f"{name:22}", *(f"{key} {value:.2f}" for key, value in row.items()), sep="  ")
    if given.json:
        given.json.write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
