"""Gzips and zips: what is in them, and what is refused."""

import gzip
import io
import zipfile

import pytest

from config.errors import InvalidReadings, InvalidRequest
from data.importers.containers import open_sheets
from data.importers.options import ImportOptions
from tests.data.importers.sheets import taken
from tests.data.importers.workbooks import xlsx, zipped

CSV = "t;v\n2024-05-03;0,5\n"
ROWS = [["t", "v"], ["2024-05-03", "0,5"]]
BOOK = xlsx({"A": [["t", "v"], ["2024-05-03", 0.5]], "B": [["t", "v"], ["2024-05-03", 7.0]]})


def test_a_gzip_of_anything() -> None:
    assert taken(gzip.compress(CSV.encode("utf-16"))).rows == ROWS
    assert taken(gzip.compress(BOOK), sheet="B").rows[1] == ["2024-05-03", "7"]
    assert taken(gzip.compress(zipped({"a.csv": CSV}))).rows == ROWS
    assert taken(gzip.compress(b'[{"time": "2024-05-03", "value": 1}]'), form="json").form == "json"


@pytest.mark.parametrize(
    ("members", "name"),
    [
        ({"a.csv": CSV}, "a.csv"),
        ({"deep/er/A.CSV": CSV, "__MACOSX/a.csv": "x", ".hidden.csv": "x", "logo.png": "x"}, "deep/er/A.CSV"),
        ({"README.txt": "hello", "licence.txt": "MIT", "a.tsv": CSV}, "a.tsv"),
        ({"a.csv.gz": gzip.compress(CSV.encode())}, "a.csv.gz"),
    ],
)  # fmt: skip
def test_the_one_table_of_a_zip(members: dict[str, str | bytes], name: str) -> None:
    found = taken(zipped(members))
    assert found.rows == ROWS
    assert found.facts["member"] == name


def test_several_tables_of_a_zip_have_to_be_told_apart() -> None:
    body = zipped({"a.csv": CSV, "b.xlsx": BOOK, "c.txt": "t,v\n2024-05-03,9\n"})
    with pytest.raises(InvalidRequest, match=r"3 tables: a\.csv, b\.xlsx, c\.txt") as refused:
        taken(body)
    assert refused.value.detail == {"field": "sheet", "choices": ["a.csv", "b.xlsx", "c.txt"]}
    assert taken(body, sheet="c.txt").rows[1] == ["2024-05-03", "9"]
    assert taken(body, sheet="b.xlsx/B").rows[1] == ["2024-05-03", "7"]
    with pytest.raises(InvalidRequest, match=r"'d\.csv' is none"):
        taken(body, sheet="d.csv")
    with pytest.raises(InvalidRequest, match="2 sheets"):
        taken(body, sheet="b.xlsx")


def test_the_sheet_of_the_only_workbook_of_a_zip() -> None:
    assert taken(zipped({"b.xlsx": BOOK}), sheet="B").rows[1] == ["2024-05-03", "7"]


def protected() -> bytes:
    """A zip whose only member says that it is encrypted."""
    body = bytearray(zipped({"a.csv": CSV}))
    body[6] |= 1
    body[body.index(b"PK\x01\x02") + 8] |= 1
    return bytes(body)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        pytest.param(zipped({}), "an empty zip", id="empty"),
        pytest.param(zipped({"a.pdf": "x"}), r"holds no table \(a\.pdf\)", id="no table"),
        pytest.param(zipped({"word/document.xml": "x"}), "a Word document", id="a document"),
        pytest.param(zipped({"xl/workbook.bin": "x"}), "xlsb", id="a binary workbook"),
        pytest.param(protected(), r"a\.csv is protected by a password", id="password"),
        pytest.param(zipped({"a.zip": zipped({"d.csv": CSV})}), "zip in the zip", id="zips in zips"),
        pytest.param(zipped({"a.csv": CSV * 50})[:-30], "damaged", id="cut zip"),
        pytest.param(gzip.compress(CSV.encode() * 50)[:-12], "gzip is damaged", id="cut gzip"),
        pytest.param(gzip.compress(CSV.encode())[:-6] + b"abcdef", "gzip is damaged", id="wrong check sum"),
        pytest.param(b"\x1f\x8b\x08", "gzip is damaged", id="head of a gzip"),
        pytest.param(b"PK\x03\x04", "damaged", id="head of a zip"),
    ],
)  # fmt: skip
def test_what_cannot_be_unpacked(body: bytes, words: str) -> None:
    with pytest.raises(InvalidReadings, match=words) as refused:
        taken(body)
    assert refused.value.hint


def test_a_damaged_member_is_called_so() -> None:
    body = bytearray(zipped({"a.csv": CSV * 500}, zipfile.ZIP_STORED))
    body[200] ^= 255
    with pytest.raises(InvalidReadings, match="zip is damaged"):
        taken(bytes(body))


def test_a_source_stays_open_for_whom_it_belongs_to() -> None:
    source = io.BytesIO(zipped({"a.csv": CSV}))
    with open_sheets(source, ImportOptions()) as [sheet]:
        assert list(sheet.blocks)
    assert not source.closed
