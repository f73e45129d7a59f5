"""All benchmarks, one after the other, and the page that shows them.

    make bench                  # or: python -m benchmarks.run [--quick] [--only store,jobs]

`--only` measures some parts anew and leaves the others on the page as they were.

Each part is a script that can be run alone. Its figures go to `benchmarks/results/<part>.json`,
what it prints to `<part>.txt`, and `docs/benchmarks.md` is written from both. A part whose
requirements are missing (real series, peers, a program) says so on the page and stops nothing.
Load stays on this machine.
"""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results"
PAGE = ROOT / "docs" / "benchmarks.md"
DATASETS = Path(os.environ.get("ENERGY_DATASETS") or ROOT / ".." / "shared" / "datasets")
PEERS = Path(os.environ.get("ENERGY_BENCH") or ROOT / ".." / "shared" / "bench")
PEERS_PYTHON = ROOT / "build" / "peers" / "bin" / "python"
"""Has the packages of the peers (`benchmarks/peers.in`); `make bench` installs them."""

LONGEST = 3600
"""Seconds; a part that takes longer hangs."""


@dataclass(frozen=True)
class Part:
    """One script: its module and arguments, those for small sizes, and what it needs."""

    name: str
    title: str
    command: tuple[str, ...]
    quick: tuple[str, ...] = ()
    out: str = "--out"
    missing: Callable[[], str] = lambda: ""


@dataclass(frozen=True)
class Outcome:
    """What became of a part: its output, or why there is none."""

    seconds: float = 0.0
    output: str = ""
    problem: str = ""


def _series() -> str:
    return "" if DATASETS.is_dir() else "no folder of real series (ENERGY_DATASETS)"


def _peers() -> str:
    if not PEERS.is_dir():
        return "no folder with the peers and the load driver (ENERGY_BENCH)"
    return "" if PEERS_PYTHON.exists() else "no environment of the peers (make bench makes it)"


def _with_peers(option: str) -> tuple[str, ...]:
    return (option, str(PEERS_PYTHON)) if PEERS_PYTHON.exists() else ()


def _influx() -> str:
    return "" if shutil.which("influxd") else "no influxd on the PATH"


def _requests() -> str:
    return _peers() or ("" if shutil.which("wrk") else "no wrk on the PATH (apt-get install wrk)")


def _namespaces() -> str:
    return _influx() or ("" if os.geteuid() == 0 else "needs root, for network namespaces")


def _chromium() -> str:
    return "" if shutil.which("chromium") else "no chromium on the PATH (apt-get install chromium)"


PARTS = (
    Part(
        "accuracy", "Accuracy of forecasts beside the weekly naive and peers",
        ("benchmarks.accuracy", str(DATASETS), *_with_peers("--peers-python")),
        ("--only", "bdg1,pjm"), missing=_series,
    ),
    Part(
        "store", "Writing and reading readings",
        ("benchmarks.store",), ("--meters", "10", "--rows", "100000"), "--json", _influx,
    ),
    Part(
        "jobs", "Requests, forecasts and batches through the whole platform",
        ("benchmarks.jobs",), ("--requests", "300", "--members", "20", "--forecasts", "20"),
    ),
    Part(
        "requests", "Requests per second beside two skeletons",
        ("benchmarks.requests", "--bench", str(PEERS), *_with_peers("--fastapi-python")),
        ("--rounds", "1", "--seconds", "2"), missing=_requests,
    ),
    Part(
        "streams", "Live streams: how many, how quickly, at what cost",
        ("benchmarks.streams", "main", "fastapi", "flask-sse",
         "--bench", str(PEERS), *_with_peers("--fastapi-python")),
        ("--streams", "500", "--duration", "5"), missing=_peers,
    ),
    Part(
        "pages", "Weight and speed of the pages",
        ("benchmarks.pages",), ("--meters", "500"), missing=_chromium,
    ),
    Part("watching", "One client: a stream against polling", ("benchmarks.watching",)),
    Part(
        "scale", "What a meter costs, and plans for very many",
        ("benchmarks.scale",), ("--quick",), missing=_influx,
    ),
    Part(
        "cluster", "Two worker hosts, and one of them cut off",
        ("benchmarks.cluster",), ("--jobs", "8", "--rounds", "1"), missing=_namespaces,
    ),
)  # fmt: skip


def run(part: Part, *, quick: bool) -> Outcome:
    """Run one part in a process of its own."""
    if problem := part.missing():
        return Outcome(problem=problem)
    command = [sys.executable, "-m", *part.command, *(part.quick if quick else ())]
    command += [part.out, str(RESULTS / f"{part.name}.json")]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    started = time.perf_counter()
    try:
        done = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=LONGEST
        )
    except subprocess.TimeoutExpired:
        return Outcome(problem=f"not done after {LONGEST} s")
    seconds = time.perf_counter() - started
    (RESULTS / f"{part.name}.txt").write_text(done.stdout)
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no word"])[-1]
        return Outcome(seconds, problem=f"ended with code {done.returncode}: {last[:200]}")
    return Outcome(seconds, done.stdout.strip())


def machine() -> dict[str, str]:
    """What the figures were measured on."""
    cpu = next(
        (line.split(":")[1].strip() for line in _lines("/proc/cpuinfo") if "model name" in line),
        platform.processor(),
    )
    memory = next(
        (int(line.split()[1]) / 2**20 for line in _lines("/proc/meminfo") if "MemTotal" in line), 0
    )
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True
    ).stdout.strip()
    packages = ("xgboost-cpu", "numpy", "pandas", "celery", "gunicorn", "gevent", "redis")
    return {
        "processor": f"{cpu}, {os.cpu_count()} cores",
        "memory": f"{memory:.0f} GiB",
        "system": f"Linux {platform.release()}, Python {platform.python_version()}",
        "packages": ", ".join(f"{name} {version(name)}" for name in packages),
        "commit": commit or "unknown",
        "busy before the start": f"load of {os.getloadavg()[0]:.1f}",
    }


def _lines(path: str) -> list[str]:
    file = Path(path)
    return file.read_text().splitlines() if file.exists() else []


def render(
    outcomes: Mapping[str, Outcome], facts: Mapping[str, str], *, quick: bool, now: datetime
) -> str:
    """The page, as Markdown."""
    how = "`make bench QUICK=1`: small sizes, so rough figures" if quick else "`make bench`"
    lines = [
        "# Benchmarks",
        "",
        f"Written by {how}, {now.date().isoformat()}.",
        "Figures of other machines differ; ratios within one part are of one run, in which what is",
        "compared took turns.",
        "",
        *(f"- {name}: {value}" for name, value in facts.items()),
    ]
    for part in PARTS:
        again = f"`python -m benchmarks.run --only {part.name}` has not been run"
        outcome = outcomes.get(part.name) or Outcome(problem=again)
        lines += ["", f"## {part.title}", ""]
        if outcome.problem:
            lines.append(f"Not measured here: {outcome.problem}.")
            continue
        measured = f"`python -m {part.command[0]}`, {outcome.seconds:.0f} s"
        lines += [measured, "", "```text", outcome.output, "```"]
    return "\n".join(lines) + "\n"


def _earlier() -> dict[str, Outcome]:
    """What parts of earlier runs came to, so that one part can be measured anew by itself."""
    file = RESULTS / "outcomes.json"
    kept = json.loads(file.read_text()) if file.exists() else {}
    return {name: Outcome(**outcome) for name, outcome in kept.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small sizes; minutes, not an hour")
    parser.add_argument("--only", help="names of parts, separated by commas")
    parser.add_argument("--page", type=Path, default=PAGE)
    options = parser.parse_args()
    wanted = options.only.split(",") if options.only else [part.name for part in PARTS]
    unknown = set(wanted) - {part.name for part in PARTS}
    if unknown:
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    RESULTS.mkdir(parents=True, exist_ok=True)
    facts = machine()
    outcomes = _earlier() if options.only else {}
    for part in PARTS:
        if part.name in wanted:
            print(f"{part.name} …", flush=True)
            outcomes[part.name] = run(part, quick=options.quick)
            print(f"  {outcomes[part.name].problem or f'{outcomes[part.name].seconds:.0f} s'}")
            kept = {name: asdict(outcome) for name, outcome in outcomes.items()}
            (RESULTS / "outcomes.json").write_text(json.dumps(kept, indent=1))
    (RESULTS / "machine.json").write_text(json.dumps(facts, indent=1))
    options.page.write_text(
        render(outcomes, facts, quick=options.quick, now=datetime.now(UTC)), encoding="utf-8"
    )
    print(f"written: {options.page}")


if __name__ == "__main__":
    main()
