"""Files that are attacks or accidents: refused in words, in little time and memory.

Each is read in a process of its own, whose time and memory the system bounds.
"""

import gzip
import io
import json
import resource
import struct
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
import xlwt

from config.errors import EnergyError, InvalidReadings
from tests.data.importers.sheets import taken
from tests.data.importers.test_green_button import SIMPLE
from tests.data.importers.workbooks import around, ods_of, xlsx_parts, zipped
from tests.reliability import note_inputs

ROOT = Path(__file__).resolve().parents[3]
SECONDS = 20
MEMORY = 1 << 30
"""Of address space, with Python and all that it imports."""
MOST = 200 << 10
"""Kilobytes that reading may add to what the process had."""

READ = """
import io, json, resource, sys, time
from data.importers.containers import open_sheets
from data.importers.options import ImportOptions
from config.errors import EnergyError
import data.importers.containers.workbooks.reading, data.importers.containers.espi.reading

class Endless(io.RawIOBase):
    "A line of two gigabytes, which nobody has on a disk."
    left = 2 << 30
    def readable(self): return True
    def read(self, size=-1):
        size = min(size if size > 0 else 1 << 20, self.left)
        self.left -= size
        return b"7" * size

source = Endless() if sys.argv[1] == "endless" else open(sys.argv[1], "rb")
before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter()
try:
    with open_sheets(source, ImportOptions()) as sheets:
        rows = sum(len(block.rows) for sheet in sheets for block in sheet.blocks)
    said = {"rows": rows}
except EnergyError as error:
    said = {"code": error.code, "message": error.message, "hint": error.hint}
said["memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
said["seconds"] = time.perf_counter() - start
print(json.dumps(said))
"""


def bounded(path: Path | str) -> dict[str, object]:
    """What reading says, in a process with little memory and time."""
    done = subprocess.run(
        [sys.executable, "-c", READ, str(path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=4 * SECONDS,
        preexec_fn=lambda: (
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY)),
            resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS)),
        )[-1],
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return dict(json.loads(done.stdout))


ZEROS = b"0" * (1 << 20)


def gzip_bomb() -> bytes:
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb", compresslevel=9) as file:
        for _ in range(60):
            file.write(b"2024-05-03,1\n" * 80_000)
    return out.getvalue()


def zip_bomb(
    name: str = "a.csv", piece: bytes = b"2024-05-03,1\n" * 80_000, times: int = 60
) -> bytes:
    out = io.BytesIO()
    with (
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open(name, "w") as file,
    ):
        for _ in range(times):
            file.write(piece)
    return out.getvalue()


def lying(body: bytes, name: bytes, size: int = 1000) -> bytes:
    """A zip whose directory says that a member is small, with the check sum of so much of it."""
    data = bytearray(body)
    with zipfile.ZipFile(io.BytesIO(body)) as archive, archive.open(name.decode()) as member:
        checksum = zlib.crc32(member.read(size))
    at = data.index(b"PK\x01\x02")
    while data[at + 46 : at + 46 + len(name)] != name:
        at = data.index(b"PK\x01\x02", at + 1)
    struct.pack_into("<I", data, at + 16, checksum)
    struct.pack_into("<I", data, at + 24, size)
    return bytes(data)


def workbook(sheet: str, **more: str) -> bytes:
    return zipped(xlsx_parts({"A": sheet}) | more)


def xlsx_bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in xlsx_parts({"A": around("")}).items():
            if "sheet1" not in name:
                archive.writestr(name, text)
        with archive.open("xl/worksheets/sheet1.xml", "w") as file:
            file.write(around("").split("</sheetData>")[0].encode())
            for _ in range(60):
                file.write(b"<row><c><v>1</v></c></row>" * 40_000)
            file.write(b"</sheetData></worksheet>")
    return out.getvalue()


def wide() -> bytes:
    row = "".join(f'<c r="{letters(at)}1"><v>1</v></c>' for at in range(1_000_000))
    return workbook(around(f'<row r="1">{row}</row>'))


def letters(at: int) -> str:
    text, at = "", at + 1
    while at:
        at, rest = divmod(at - 1, 26)
        text = chr(65 + rest) + text
    return text


def elsewhere() -> bytes:
    """A sheet that is far from where sheets are kept."""
    far = around(
        '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    )
    parts = xlsx_parts({"A": far})
    parts["xl/theme.dat"] = parts.pop("xl/worksheets/sheet1.xml")
    links = "xl/_rels/workbook.xml.rels"
    parts[links] = parts[links].replace("worksheets/sheet1.xml", "theme.dat")
    return zipped(parts)


def amplified() -> bytes:
    """One text of 30 000 characters, and 100 000 cells that are it."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    rows = "".join(
        f'<row r="{at}"><c r="A{at}" t="s"><v>0</v></c></row>' for at in range(1, 100_001)
    )
    parts = xlsx_parts({"A": around(rows)})
    links = "xl/_rels/workbook.xml.rels"
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"
    parts[links] = parts[links].replace(
        "</Relationships>",
        f'<Relationship Id="t" Type="{kind}" Target="sharedStrings.xml"/></Relationships>',
    )
    parts["xl/sharedStrings.xml"] = f'<sst xmlns="{main}"><si><t>{"x" * 30_000}</t></si></sst>'
    return zipped(parts)


def amplified_xls() -> bytes:
    book = xlwt.Workbook()
    sheet = book.add_sheet("A")
    for at in range(20_000):
        sheet.write(at, 0, "x" * 30_000)
    return saved(book)


def far_xls() -> bytes:
    """A number in the last row and one in the column 60 000, which no Excel has."""
    book = xlwt.Workbook()
    sheet = book.add_sheet("A")
    sheet.write(0, 0, 7.25)
    sheet.write(65_535, 9, 8.123456789)
    body = bytearray(saved(book))
    at = body.index(struct.pack("<HHHH", 0x0203, 14, 65_535, 9))
    struct.pack_into("<H", body, at + 6, 60_000)
    return bytes(body)


def saved(book: xlwt.Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def ring_xls() -> bytes:
    """Its first chain of sectors never ends."""
    body = bytearray(far_xls())
    start = struct.unpack_from("<I", body, 48)[0]
    fat = struct.unpack_from("<I", body, 76)[0]
    struct.pack_into("<I", body, ((fat + 1) << 9) + 4 * start, start)
    return bytes(body)


CELL = '<table:table-cell office:value-type="float" office:value="1"{}><text:p>{}</text:p></table:table-cell>'


def repeated(rows: int, columns: int, text: str = "1") -> bytes:
    cell = CELL.format(f' table:number-columns-repeated="{columns}"', text)
    row = f'<table:table-row table:number-rows-repeated="{rows}">{cell}</table:table-row>'
    return ods_of(f'<table:table table:name="A">{row}</table:table>')


LAUGHS = (
    '<!DOCTYPE feed [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {chr(98 + at)} "{f"&{chr(97 + at)};" * 10}">' for at in range(9))
    + "]>"
)
DEEP = "<a>" * 200_000

HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "a gzip bomb": (gzip_bomb, "grows to more than 100 times"),
    "a zip bomb": (zip_bomb, "grows to more than 100 times"),
    "a zip bomb that lies": (lambda: lying(zip_bomb(), b"a.csv"), "damaged|grows"),
    "a zip of 20 000 files": (lambda: zipped({f"{at}.csv": "" for at in range(20_000)}), "20,000 files"),
    "a bomb of JSON": (lambda: zip_bomb("a.json", b" " * (1 << 20)), "grows to more than|longer than"),
    "a workbook that is a bomb": (xlsx_bomb, "grows to more than 100 times"),
    "a workbook bomb that lies": (lambda: lying(xlsx_bomb(), b"xl/worksheets/sheet1.xml"), "grows to more than 100 times"),
    "a million columns": (wide, "columns, more than"),
    "a cell at the end of the world": (lambda: workbook(around('<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')), "1,048,576 rows and 16,384 columns"),
    "a cell beyond the end": (lambda: workbook(around('<row r="1"><c r="A4000000000"><v>1</v></c></row>')), "rows"),
    "a sheet of another name": (elsewhere, "1,048,576 rows and 16,384 columns"),
    "a cell in quotes": (lambda: workbook(around("<row r='1'><c t='>' r='ZZZZZZ1'><v>1</v></c></row>")), "columns, more than"),
    "cells without places": (lambda: workbook(around("<row>" + "<c><v>1</v></c>" * 16_000 + "</row>" + "<row><c><v>1</v></c></row>" * 2_000)), "rows and 16,000 columns"),
    "one long text a hundred thousand times": (amplified, "repeats long texts"),
    "a workbook with entities": (lambda: workbook(LAUGHS.replace("feed", "worksheet") + around("")), "entities"),
    "an ods of a trillion cells": (lambda: repeated(1_000_000, 1_000_000), "columns"),
    "an ods of a billion cells": (lambda: repeated(1_000_000, 1_000), "1,000,000 rows and 1,000 columns"),
    "an ods of long texts": (lambda: repeated(1_000, 1_000, "x" * 30_000), "repeats texts"),
    "an ods with absurd numbers": (lambda: repeated(10**30, 1), "rows"),
    "an old workbook of one long text": (amplified_xls, "repeats long texts"),
    "an old workbook with a far cell": (far_xls, "columns"),
    "an old workbook in a ring": (ring_xls, "damaged"),
    "an XML bomb": (lambda: (LAUGHS + SIMPLE.split("\n")[-1].replace("300", "&j;")).encode(), "document type|entities"),
    "deep XML": (lambda: b'<?xml version="1.0"?>' + DEEP.encode(), "deeper"),
    "a long text in XML": (lambda: SIMPLE.replace("<title>Feed", "<title>" + "x" * 50_000_000).encode(), ""),
    "NUL bytes": (lambda: b"\0" * 50_000_000, "NUL bytes"),
    "NUL bytes in a text": (lambda: b"time,value\n" + b"2024-05-03,1\0\0\0\n" * 10, "NUL bytes"),
    "a long line": (lambda: b"time,value\n" + b"7" * 50_000_000, "Line 2 is longer"),
    "a long line of UTF-16": (lambda: ("time,value\n" + "7" * 20_000_000).encode("utf-16"), "Line 2 is longer"),
    "twenty million objects": (lambda: b"[" + b"{}," * 20_000_000 + b"{}]", "2,000,000 objects"),
    "deep JSON": (lambda: b'{"a":' * 1_000_000, "not JSON"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_refused_within_bounds(name: str, tmp_path: Path) -> None:
    make, words = HOSTILE[name]
    path = tmp_path / "hostile"
    path.write_bytes(make())
    said = bounded(path)
    if words:
        assert said.get("code") in {"invalid_readings", "too_large", "invalid_request"}, said
        assert any(word in str(said["message"]) for word in words.split("|")), said
        assert said["hint"]
    assert said["memory"] < MOST, said
    note_inputs(
        f"hostile files: {name}", tried=1, result="refused in words, within memory and time"
    )


def test_a_line_of_two_gigabytes_is_not_read() -> None:
    said = bounded("endless")
    assert "Line 1 is longer" in str(said["message"])
    assert said["memory"] < MOST


FOREIGN = [
    (b"%PDF-1.7\n%\xe2\xe3", "This is a PDF, not a table"),
    (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", r"a picture \(PNG\)"),
    (b"\xff\xd8\xff\xe0\0\x10JFIF", "a picture"),
    (b"<!DOCTYPE html>\n<html><body>Sign in</body></html>", "a web page"),
    (b"\xef\xbb\xbf\n <HTML lang='de'>", "a web page"),
    (b"Rar!\x1a\x07\0", "RAR"),
    (b"7z\xbc\xaf\x27\x1c", "7-Zip"),
    (b"SQLite format 3\0", "SQLite"),
    (b"PAR1\x15\x04", "Parquet"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "damaged"),
    (b"\x00\x01\x02\x03" * 100, "NUL bytes"),
    (b"", "empty"),
]


@pytest.mark.parametrize(("body", "words"), FOREIGN)
@pytest.mark.parametrize("form", [None, "csv", "xlsx"])
def test_what_is_no_table_is_named(body: bytes, words: str, form: str | None) -> None:
    with pytest.raises(InvalidReadings, match=words) as refused:
        taken(body, form=form)
    assert refused.value.hint


def test_any_part_of_any_file_is_read_or_refused_in_words() -> None:
    """Cut at many places and with bytes turned over: never another error."""
    bodies = [
        zipped(xlsx_parts({"A": around('<row r="1"><c r="A1"><v>1</v></c></row>')})),
        repeated(2, 2),
        far_xls(),
        gzip.compress(b"t,v\n2024-05-03,1\n" * 50),
        zipped({"a.csv": "t,v\n2024-05-03,1\n" * 50}),
        SIMPLE.encode(),
    ]
    tried = 0
    for body in bodies:
        step = max(len(body) // 60, 1)
        for at in range(0, len(body), step):
            turned = bytearray(body)
            turned[at] ^= 0x55
            for variant in (body[:at], bytes(turned)):
                tried += 1
                with suppress(EnergyError):
                    taken(variant)
    note_inputs("files cut and damaged at many places", tried=tried, result="read, or 4xx in words")
