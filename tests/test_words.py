"""The words for what jobs are and where they stand, wherever else they are written down.

`workers.states` has them. The page and the client know them by heart, because they must not import
it; `ml` tells stages without knowing of jobs. What runs in a browser is held against them by
`tests/browser/test_modules.py`.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from client.protocol import TERMINAL
from config import ROOT
from workers import states
from workers.states import Kind, Stage, Status

STATIC, TEMPLATES = ROOT / "app/static", ROOT / "app/templates"
ROOMS = ("app", "cli", "config", "data", "weather", "workers")
STATUSES = {status.value for status in Status}
OWN_WORDS = {"reconnecting"}
"""Of the page itself, of a job whose stream is away."""
OTHER_STATUSES = {"ok", "computing"}
"""Of answers that are no job: health, and what is being worked out."""


def sources(*rooms: str) -> Iterator[Path]:
    for room in rooms:
        yield from (ROOT / room).rglob("*.py")


def texts(source: str) -> Iterator[str]:
    """The string constants of a module."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def test_the_client_knows_when_a_job_has_ended() -> None:
    assert {status.value for status in states.TERMINAL} == TERMINAL


def test_no_script_of_redis_spells_a_status() -> None:
    """They are handed over: a word in Lua would not be found where it is renamed."""
    written = [path.read_text(encoding="utf-8") for path in sources(*ROOMS)]
    scripts = [text for source in written for text in texts(source) if "redis.call(" in text]
    assert scripts
    spelt = {word for text in scripts for word in re.findall(r"""['"](\w+)['"]""", text)}
    assert not spelt & STATUSES


def test_the_stages_are_those_that_are_told() -> None:
    told = {
        argument.value
        for path in sources("ml", "workers")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and _name(node.func) in {"report", "tell", "rounds"}
        for argument in node.args[:1]
        if isinstance(argument, ast.Constant)
    }
    assert told == {stage.value for stage in Stage}


def _name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


@pytest.mark.parametrize("path", sorted(STATIC.rglob("*.css")), ids=lambda path: path.name)
def test_styles_are_for_statuses_that_there_are(path: Path) -> None:
    styled = set(re.findall(r'\[data-status="(\w+)"\]', path.read_text(encoding="utf-8")))
    assert styled <= STATUSES | OWN_WORDS


def test_each_status_that_went_wrong_has_a_style() -> None:
    sheet = (STATIC / "css/jobs.css").read_text(encoding="utf-8")
    badges = set(re.findall(r'\[data-status="(\w+)"\] \.badge', sheet))
    assert {"failed", "retrying", "succeeded"} | OWN_WORDS == badges
    classes = {
        word
        for listed in re.findall(r"\.badge:is\(([^)]*)\)", sheet)
        for word in re.findall(r"\.(\w+)", listed)
    }
    assert badges - OWN_WORDS <= classes, "the list of jobs has classes, a card has data"


def test_the_page_asks_for_statuses_that_there_are() -> None:
    asked = {
        word
        for path in (STATIC / "js").glob("*.js")
        for word in re.findall(r"\.status [!=]== '(\w+)'", path.read_text(encoding="utf-8"))
    }
    assert asked - OTHER_STATUSES
    assert asked <= STATUSES | OTHER_STATUSES


def test_the_list_of_jobs_can_be_filtered_by_each_kind() -> None:
    page = (TEMPLATES / "jobs.html").read_text(encoding="utf-8")
    choice = page.partition('<select name="kind">')[2].partition("</select>")[0]
    offered = re.findall(r'<option value="(\w+)">', choice)
    assert offered == [kind.value for kind in Kind]


@pytest.mark.parametrize("label", ["usual:", "import", "simulator"])
def test_labels_of_weather_are_named_in_one_place(label: str) -> None:
    """Two stores and the room above must mean the same by them."""
    named = [
        path.relative_to(ROOT).as_posix()
        for path in sources("data", "weather")
        if "importers/containers" not in path.as_posix()  # "import" is a direction of energy there
        and label in texts(path.read_text(encoding="utf-8"))
    ]
    assert named == ["data/store.py"]
