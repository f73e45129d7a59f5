"""The table of formats, and how a text's format is told by its beginning."""

import importlib
import io
import subprocess
import sys
from pathlib import Path

import pytest

from config.errors import InvalidRequest
from data.importers import formats
from data.importers.containers import form_of
from data.importers.formats import ENDINGS, FORMATS, MEDIA_TYPES
from tests.data.importers.sheets import taken


@pytest.mark.parametrize("row", FORMATS.values(), ids=FORMATS.keys())
def test_each_row_has_a_reader_and_a_way_to_be_told(row: formats.Format) -> None:
    module, _, function = row.reader.partition(":")
    assert callable(getattr(importlib.import_module(module), function))
    assert row.magic or row.member or row.shape or row.name == "csv"


def test_media_types_and_endings_are_of_one_format_each() -> None:
    assert len(MEDIA_TYPES) == sum(len(row.media_types) for row in FORMATS.values())
    assert len(ENDINGS) == sum(len(row.endings) for row in FORMATS.values())
    assert MEDIA_TYPES["text/csv"] == "csv"
    assert MEDIA_TYPES["text/plain"] == "lines"
    assert {
        ".csv",
        ".gz",
        ".txt",
        ".tsv",
        ".xlsx",
        ".xls",
        ".ods",
        ".json",
        ".xml",
        ".zip",
        ".lp",
    } <= set(ENDINGS)


def test_looking_at_the_table_imports_nothing_of_weight() -> None:
    """The file alone: what else its package imports is another's to keep light."""
    run = "import runpy, sys; runpy.run_path(sys.argv[1]); print(*{name.split('.')[0] for name in sys.modules})"
    path = str(Path(formats.__file__))
    done = subprocess.run(
        [sys.executable, "-c", run, path], capture_output=True, text=True, check=True
    )
    assert not {"pandas", "numpy", "python_calamine", "defusedxml", "data"} & set(
        done.stdout.split()
    )


TOLD = [
    ("time,value\n2024-05-03,1\n", "csv"),
    ("<DATE>;<TIME>;<USE>\n2024-05-03;00:00;1\n", "csv"),
    ("# a comment\ntime,value\n2024-05-03,1\n", "csv"),
    ("a=b,c\n1,2\n", "csv"),
    ("200,abc\n2024-05-03,1\n", "csv"),
    ("[Wh];t\n1;2024-05-03\n", "csv"),
    ('  [{"time": 1}]', "json"),
    ("[[1,2]]", "json"),
    ('\ufeff{"a": 1}', "json"),
    ("[]", "json"),
    ("<!DOCTYPE html><html>", "html"),
    ("<table><tr><td>1", "html"),
    ('<?xml version="1.0"?><a/>', "espi"),
    ('<feed xmlns="http://www.w3.org/2005/Atom"/>', "espi"),
    ('<ns0:feed xmlns:ns0="http://www.w3.org/2005/Atom"/>', "espi"),
    ("100,NEM12,202405030000,A,B\n", "nem12"),
    ("200,QB01234567,E1,E1,E1,,SER1,kWh,30,\n", "nem12"),
    ("#datatype,string,long\n", "annotated"),
    ("#group,false\n", "annotated"),
    ("power,meter_id=a value=1.5 1714694400000000000\n", "lines"),
    ('# c\n\npower\\ a,x=y value=1i,note="a, b" 1714694400\npower value=2', "lines"),
    ("power value=1.5\n", "lines"),
    ("\n" * 5000 + "x", "csv"),
    ("a" * 8000, "csv"),
    (("a,b=c" * 1600), "csv"),
]


@pytest.mark.parametrize(("text", "form"), TOLD)
def test_the_form_of_a_text(text: str, form: str) -> None:
    for codec in ("utf-8", "utf-16"):
        source = io.BytesIO(text.removeprefix("\ufeff").encode(codec))
        assert form_of(source) == form
        assert source.tell() == 0


def test_what_the_media_type_says_counts_where_bytes_say_nothing() -> None:
    text = io.BytesIO(b"power value=1.5\n")
    assert form_of(text, form="lines") == "lines"
    assert form_of(text, form="csv") == "csv"
    assert form_of(io.BytesIO(b"time,value\n"), form="json") == "json"
    assert form_of(io.BytesIO(b"PK\x03\x04"), form="csv") == "zip"


def test_line_protocol_is_none_of_the_tables() -> None:
    with pytest.raises(InvalidRequest, match="line protocol"):
        taken("power value=1.5 1714694400\n")
