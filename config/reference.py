"""The configuration reference, written from `Settings`: `python -m config.reference`."""

from dataclasses import fields
from pathlib import Path

from config.loading import JSON_FILES, ROOT
from config.settings import Settings

PAGE = ROOT / "docs" / "configuration.md"

HEAD = """\
# Configuration

Settings come from the environment first, then from `config/influxdb_config.json` and
`config/weather_config.json`, then from the defaults below. A wrong value stops the start with one
line that names it. Relative paths start at the folder of the checkout. Meter types (commodities)
are entries of `config/meter_types.json`.

This page is written from `config/settings.py` by `python -m config.reference`; a test compares.

| variable | default | meaning |
|---|---|---|
"""


def render() -> str:
    """The page, as Markdown."""
    rows = [
        f"| `{item.metadata['env']}` | {_shown(item.default)} | {item.metadata['text']} |"
        for item in fields(Settings)
        if "env" in item.metadata
    ]
    files = ["", "## JSON files", "", "| file | key | same as |", "|---|---|---|"]
    for filename, prefix in JSON_FILES.items():
        files += [
            f"| `{filename}` | `{item.name.removeprefix(prefix)}` | `{item.metadata['env']}` |"
            for item in fields(Settings)
            if "env" in item.metadata and item.name.startswith(prefix)
        ]
    return HEAD + "\n".join([*rows, *files]) + "\n"


def _shown(value: object) -> str:
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, tuple):
        return "`" + ",".join(str(part) for part in value) + "`"
    return f"`{value.as_posix() if isinstance(value, Path) else value}`"


if __name__ == "__main__":
    PAGE.write_text(render(), encoding="utf-8")
