"""Every format that readings come in: one row each, and what is told by a row's first bytes.

Light on purpose: the web process looks at media types, and reading takes much more.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

_READERS = "data.importers.containers."

_HTML = re.compile(r"\s*<(?:!doctype html|html|head|body|meta|table)\b", re.IGNORECASE)
# Not every text that begins with "<": headings such as <DATE>;<TIME> are in use.
_XML = re.compile(
    r"\s*<(?:\?xml|!--|!DOCTYPE|(?:[\w.-]+:)?(?:feed|entry)\b|[\w.:-]+\s[^>]*\bxmlns)"
)
# A header, or a register where a portal left the header out.
_NEM12 = re.compile(
    r"\s*(?:100,\s*\"?NEM1[23]\b|200,[^,\n]{6,11},(?:[^,\n]*,){5,6}\s*\d+\s*,)", re.IGNORECASE
)
# measurement,tag=… field=…,field="…" 1700000000, after blank lines and comments.
_WORD = r"(?:[^\\ ,=\n\"]|\\.)+"
_FIELD = rf'{_WORD}=(?:"[^"\n]*"|[^ ,\n"]+)'
_LINE = re.compile(
    r"(?:#[^\n]*\n|[ \t\r]*\n)*"
    rf"{_WORD}(?:,{_WORD}={_WORD})* +{_FIELD}(?:,{_FIELD})*(?: +-?\d{{9,20}})?[ \t\r]*(?:\n|$)"
)


@dataclass(frozen=True)
class Format:
    """One format, how it is told from others, and where its reader is.

    `reader` is "module:function", imported when first needed: it takes a `Content` and
    `ImportOptions` and gives a `Sheet`. `magic` are the first bytes; `member` the member by which
    one zip is told from another; `shape` matches the beginning of a text. One of a format that
    only its media type or ending can tell has none of these.
    """

    name: str
    words: str
    media_types: tuple[str, ...]
    endings: tuple[str, ...]
    reader: str
    magic: bytes = b""
    member: str = ""
    shape: re.Pattern[str] | None = None


FORMATS: Mapping[str, Format] = {
    row.name: row
    for row in (
        Format(
            "xlsx",
            "a workbook of Excel",
            (
                "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                "application/vnd.ms-excel.sheet.macroenabled.12",
            ),
            (".xlsx", ".xlsm"),
            _READERS + "workbooks.reading:read_xlsx",
            member="xl/workbook.xml",
        ),
        Format(
            "ods",
            "an OpenDocument spreadsheet",
            ("application/vnd.oasis.opendocument.spreadsheet",),
            (".ods",),
            _READERS + "workbooks.reading:read_ods",
            member="content.xml",
        ),
        Format(
            "xls",
            "a workbook of Excel before 2007",
            ("application/vnd.ms-excel",),
            (".xls",),
            _READERS + "workbooks.reading:read_xls",
            magic=b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        ),
        Format(
            "zip",
            "a zip archive",
            ("application/zip", "application/x-zip-compressed"),
            (".zip",),
            _READERS + "archive:read_zip",
            magic=b"PK\x03\x04",
        ),
        Format(
            "gzip",
            "a gzip",
            ("application/gzip", "application/x-gzip"),
            (".gz",),
            _READERS + "archive:read_gzip",
            magic=b"\x1f\x8b",
        ),
        Format(
            "html",
            "a table in a web page",
            ("text/html",),
            (".html", ".htm"),
            _READERS + "web_page:read",
            shape=_HTML,
        ),
        Format(
            "json",
            "JSON",
            ("application/json",),
            (".json",),
            _READERS + "json.reading:read",
            shape=re.compile(r"\s*(?:\{|\[\s*[\[{\]\d\"])"),
        ),
        Format(
            "espi",
            "Green Button (ESPI)",
            ("application/xml", "text/xml", "application/atom+xml"),
            (".xml",),
            _READERS + "espi.reading:read",
            shape=_XML,
        ),
        Format(
            "nem12",
            "NEM12",
            (),
            (),
            _READERS + "nem12:read",
            shape=_NEM12,
        ),
        Format(
            "annotated",
            "InfluxDB's annotated CSV",
            (),
            (),
            _READERS + "annotated:read",
            shape=re.compile(r"\s*\"?#(?:group|datatype|default)\b"),
        ),
        Format(
            "lines",
            "line protocol",
            ("text/plain",),
            (".lp",),
            "data.importers.line_protocol:read_lines",
            shape=_LINE,
        ),
        Format(
            "csv",
            "delimited text",
            ("text/csv", "text/tab-separated-values"),
            (".csv", ".tsv", ".txt"),
            _READERS + "delimited.reading:read",
        ),
    )
}
"""Formats by name, in the order in which they are tried; delimited text is what all else is."""

MEDIA_TYPES: Mapping[str, str] = {
    media_type: row.name for row in FORMATS.values() for media_type in row.media_types
}
"""Names of formats by media type; line protocol has none of its own and travels as text/plain."""

ENDINGS: tuple[str, ...] = tuple(
    sorted({ending for row in FORMATS.values() for ending in row.endings})
)
"""Endings of files that can be read, lower case; those in a gzip end in .gz (.csv.gz)."""

PRECISIONS: Mapping[str, int] = {
    "n": 1,
    "ns": 1,
    "u": 1_000,
    "us": 1_000,
    "ms": 10**6,
    "s": 10**9,
    "m": 60 * 10**9,
    "h": 3600 * 10**9,
}
"""Nanoseconds in the unit of a timestamp, by the names that /write of InfluxDB takes."""
