"""Whatever of ours prose names is there: modules and their names in docs, docstrings and comments.

A name that is moved or dropped leaves no import error where people read of it.
"""

import ast
import re
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("app", "cli", "client", "config", "data", "ml", "weather", "workers")
HISTORY = ("CHANGELOG.md", "migrating.md")
"""Pages that tell of what was there before."""
PAGES = [
    page
    for page in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"))
    if page.name not in HISTORY
]
SOURCES = [
    file
    for folder in (*PACKAGES, "benchmarks", "examples", "tests")
    for file in (ROOT / folder).rglob("*.py")
    if "node_modules" not in file.parts
]
QUOTED = re.compile(r"`([^`\n]+)`|:raises ([\w., ]+):")
NAME = re.compile(rf"(?:{'|'.join(PACKAGES)})(?:\.[A-Za-z_]\w*)+")
FILE = re.compile(
    rf"(?:{'|'.join((*PACKAGES, 'benchmarks', 'deploy', 'docs', 'tests'))})(?:/[\w.-]+)+/?"
)
NOT_OURS = frozenset({"app.requests", "config.yaml", "data.readings"})
"""A logger, a file of somebody else's program, a path in an example."""


def spoken(file: Path) -> Iterator[str]:
    """The strings and comments of a module: it is in these that people are told of names."""
    with file.open() as lines:
        for token in tokenize.generate_tokens(lines.readline):
            if token.type in (tokenize.STRING, tokenize.COMMENT):
                yield token.string


def named(text: str) -> set[str]:
    """What is quoted as a name or a file of ours."""
    whole = {
        one.strip(" ,.:;()")
        for quoted, raised in QUOTED.findall(text)
        for one in (quoted, *raised.split(", "))
    }
    return {one for one in whole if NAME.fullmatch(one) or FILE.fullmatch(one)} - NOT_OURS


@cache
def names_of(file: Path) -> frozenset[str]:
    """What can be reached by a dot from a module."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found |= {(alias.asname or alias.name).split(".")[0] for alias in node.names}
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, ast.Attribute):
            found.add(node.attr)
    return frozenset(found)


def is_there(name: str) -> bool:
    if "/" in name:
        return (ROOT / name).exists()
    path = ROOT
    parts = name.split(".")
    while parts and (path / parts[0]).is_dir():
        path /= parts.pop(0)
    file = path / "__init__.py"
    if parts and (path / f"{parts[0]}.py").exists():
        file = path / f"{parts.pop(0)}.py"
    return file.exists() and all(part in names_of(file) for part in parts)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_names_what_is_there(page: Path) -> None:
    assert not sorted(name for name in named(page.read_text()) if not is_there(name))


def test_modules_name_what_is_there() -> None:
    gone = {
        f"{file.relative_to(ROOT)}: {name}"
        for file in SOURCES
        if file != Path(__file__)
        for text in spoken(file)
        for name in named(text)
        if not is_there(name)
    }
    assert not sorted(gone)


@pytest.mark.parametrize(
    ("name", "there"),
    [
        pytest.param("config.errors", True, id="a-module"),
        pytest.param("config", True, id="a-package"),
        pytest.param("config.errors.describe", True, id="a-function"),
        pytest.param("config.errors.describes", False, id="no-such-function"),
        pytest.param("config.mistakes", False, id="no-such-module"),
        pytest.param("config/errors.py", True, id="a-file"),
        pytest.param("config/mistakes.py", False, id="no-such-file"),
    ],
)
def test_what_counts_as_there(name: str, there: bool) -> None:
    assert is_there(name) == there


def test_what_counts_as_a_name_of_ours() -> None:
    assert named("See `config.errors`, which `is` config.mistakes.") == {"config.errors"}
    assert named(":raises KeyError, config.errors.UnknownJob: none") == {"config.errors.UnknownJob"}
