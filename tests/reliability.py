"""What the tests of faults and bad inputs saw: noted while they run, then written into the page.

A test calls `note_fault` or `note_inputs` as its last step, so that only what held is noted; the
notes lie under `build/reliability`. `python -m tests.reliability` writes their tables into
`docs/reliability.md`.
"""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NOTES = ROOT / "build" / "reliability"
PAGE = ROOT / "docs" / "reliability.md"

FAULT_COLUMNS = ("fault", "injected by", "what a user sees", "what is retried", "lost")
INPUT_COLUMNS = ("input", "tried", "result")


def note_fault(
    fault: str, *, by: str, seen: str, retried: str = "–", lost: str = "nothing"
) -> None:
    """One row of the table of faults."""
    _note("faults", (fault, by, seen, retried, lost))


def note_inputs(kind: str, *, tried: int, result: str) -> None:
    """One row of the table of bad inputs."""
    _note("inputs", (kind, f"{tried:,}", result))


def _note(table: str, row: Sequence[str]) -> None:
    folder = NOTES / table
    folder.mkdir(parents=True, exist_ok=True)
    name = re.sub(r"[^a-z0-9]+", "-", row[0].lower()).strip("-")
    (folder / f"{name}.json").write_text(json.dumps(row), encoding="utf-8")


def table_of(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Rows as a Markdown table."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def filled(page: str, tables: Mapping[str, str]) -> str:
    """The page with each table put between its two marks."""
    for name, table in tables.items():
        marks = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end of {name} -->)", re.DOTALL)
        between = marks.search(page)
        if between is None:
            raise SystemExit(f"{PAGE.name} has no place for the table {name!r}")
        page = f"{page[: between.end(1)]}{table}\n{page[between.start(2) :]}"
    return page


def soak_table() -> str:
    """The figures of the last soak (`benchmarks.soak`); nested ones on one line."""
    figures = json.loads((NOTES / "soak.json").read_text(encoding="utf-8"))
    return table_of(("figure", "value"), [(name, _shown(value)) for name, value in figures.items()])


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name}: {_shown(part)}" for name, part in value.items()) or "none"
    if isinstance(value, list):
        return " → ".join(map(str, value))
    return f"{value:,}" if isinstance(value, int) else str(value)


def main() -> None:
    """Write the notes of the last runs into the page."""
    tables = {"soak": soak_table()}
    for name, columns in (("faults", FAULT_COLUMNS), ("inputs", INPUT_COLUMNS)):
        notes = sorted((NOTES / name).glob("*.json"))
        rows = [json.loads(note.read_text(encoding="utf-8")) for note in notes]
        tables[name] = table_of(columns, sorted(rows))
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8"), tables), encoding="utf-8")


if __name__ == "__main__":
    main()
