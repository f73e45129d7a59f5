"""Code blocks of the documentation: found, and told apart by whether they are to be run."""

import re
from dataclasses import dataclass
from pathlib import Path

from tests.platform import ROOT

PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
RUNNABLE = {"bash", "sh", "python", "javascript"}
"""Other blocks are answers, queries (`tests/data/influx/test_documentation.py`) or configuration."""

_BLOCK = re.compile(
    r"(?:<!-- not run: (?P<reason>[^>]+?) -->\s*\n)?^```(?P<language>\w+)\n(?P<code>.*?)^```",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Snippet:
    """A block of code, where it stands, and why it is not run, if it is not."""

    page: str
    line: int
    language: str
    code: str
    reason: str | None

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def snippets(page: Path) -> list[Snippet]:
    """The blocks of a page whose language can be run, in order."""
    text = page.read_text(encoding="utf-8")
    return [
        Snippet(
            page.name,
            text[: found.start("code")].count("\n") + 1,
            found["language"],
            found["code"],
            found["reason"],
        )
        for found in _BLOCK.finditer(text)
        if found["language"] in RUNNABLE
    ]
