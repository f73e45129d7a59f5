"""Nothing that a user meets is undocumented: paths, fields, errors, events, commands, settings."""

import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from app import reference as api_reference
from cli import reference as command_reference
from config import ROOT
from config.error_codes import CATALOGUE
from workers.jobs.record import new_record
from workers.states import Kind, Status

DOCS = ROOT / "docs"


@pytest.fixture(scope="module")
def spec() -> dict[str, Any]:
    return api_reference.specification()


def test_the_api_reference_is_that_of_this_api(spec: dict[str, Any]) -> None:
    assert api_reference.PAGE.read_text() == api_reference.page(spec), "python -m app.reference"


def test_the_command_reference_is_that_of_these_commands() -> None:
    written = command_reference.PAGE.read_text()
    assert written == command_reference.page(), "python -m cli.reference"


def test_every_operation_says_what_it_does(spec: dict[str, Any]) -> None:
    silent = [
        f"{method} {path}"
        for path, item in spec["paths"].items()
        for method, operation in item.items()
        if method != "parameters" and not operation.get("summary")
    ]
    assert silent == []


def test_every_field_is_described(spec: dict[str, Any]) -> None:
    bare = [
        f"{name}.{field}"
        for name, schema in spec["components"]["schemas"].items()
        for field, described in schema.get("properties", {}).items()
        if not described.get("description")
        and "allOf" not in described
        and "anyOf" not in described
    ]
    assert bare == []


def test_every_error_code_is_listed() -> None:
    page = api_reference.PAGE.read_text()
    assert [code for code in CATALOGUE if f"| `{code}` |" not in page] == []


def test_every_field_of_an_event_is_explained() -> None:
    page = (DOCS / "sse.md").read_text()
    record = new_record("id", Kind.TRAIN, meter_type="water", meter_id="m", now=datetime.now(UTC))
    words = {*record, "member", *(status.value for status in Status)}
    assert sorted(word for word in words if f"`{word}`" not in page) == []


def test_every_page_is_in_the_menu() -> None:
    named = set(re.findall(r"[\w-]+\.md", (ROOT / "mkdocs.yml").read_text()))
    assert {path.name for path in DOCS.glob("*.md")} - named == set()


def test_the_site_builds_without_a_warning(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "-d", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    page = (tmp_path / "index.html").read_text()
    assert re.findall(r'<(?:script|link)[^>]+(?:src|href)="https?://[^"]+', page) == []


def test_images_of_the_documentation_are_small() -> None:
    large = {path.name for path in (DOCS / "images").glob("*") if path.stat().st_size > 200_000}
    assert large == set()
