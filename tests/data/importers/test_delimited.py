"""Delimited text: its encoding, its delimiter, its lines."""

import csv
import gzip
import io
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.errors import InvalidReadings
from data.importers.containers import text as texts
from data.importers.containers.delimited.delimiters import delimiter_of
from data.importers.containers.text import code_page_of
from tests.data.importers.sheets import taken

GERMAN = "Zählpunkt;Gültig von;Verbrauch (m³)\n03.05.2024 00:00;W;0,25\n03.05.2024 01:00;W;0,5\n"
ROWS = [
    ["Zählpunkt", "Gültig von", "Verbrauch (m³)"],
    ["03.05.2024 00:00", "W", "0,25"],
    ["03.05.2024 01:00", "W", "0,5"],
]


@pytest.mark.parametrize(
    ("codec", "mark", "said"),
    [
        ("utf-8", b"", "UTF-8"),
        ("utf-8", b"\xef\xbb\xbf", "UTF-8"),
        ("utf-16-le", b"\xff\xfe", "UTF-16 (little end first)"),
        ("utf-16-be", b"\xfe\xff", "UTF-16 (big end first)"),
        ("utf-16-le", b"", "UTF-16 (little end first)"),
        ("utf-16-be", b"", "UTF-16 (big end first)"),
        ("cp1252", b"", "Windows-1252"),
        ("latin-1", b"", "Windows-1252"),
        ("cp850", b"", "DOS (code page 850)"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends(codec: str, mark: bytes, said: str, ends: str) -> None:
    found = taken(mark + GERMAN.replace("\n", ends).encode(codec))
    assert found.rows == ROWS
    assert found.lines == [1, 2, 3]
    assert found.facts == {"encoding": said, "delimiter": "semicolon"}
    assert (found.form, found.delimiter, found.typed, found.heading) == ("csv", ";", False, None)


@pytest.mark.parametrize(
    ("data", "page"),
    [
        ("für".encode("cp1252"), "cp1252"),
        ("Préfixe de l'énergie".encode("cp1252"), "cp1252"),
        ("Preis (€)".encode("cp1252"), "cp1252"),
        ("Temperatur (°C)".encode("cp1252"), "cp1252"),
        ("Energía (m²)".encode("cp1252"), "cp1252"),
        ("Verbrauch (m³)".encode("cp850"), "cp850"),
        ("Zähler".encode("cp850"), "cp850"),
        ("énergie réactive".encode("cp850"), "cp850"),
    ],
)
def test_code_pages_are_told_by_their_letters(data: bytes, page: str) -> None:
    assert code_page_of(data) == page


def test_a_letter_far_down_says_the_encoding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts, "CHUNK", 64)
    plain = "time;value;note\n" + "2024-05-03 00:00;0,5;ok\n" * 20
    found = taken((plain + "2024-05-03 01:00;0,5;gültig\n").encode("cp1252"))
    assert found.rows[-1] == ["2024-05-03 01:00", "0,5", "gültig"]
    assert found.facts["encoding"] == "Windows-1252"


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_pieces_may_end_anywhere(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts, "CHUNK", size)
    for codec in ("utf-8", "utf-16-le", "utf-16-be"):
        assert taken(GERMAN.replace("\n", "\r\n").encode(codec)).rows == ROWS
        assert taken(GERMAN.replace("\n", "\r").encode(codec)).lines == [1, 2, 3]


DELIMITED = [
    pytest.param("a,b\n2024-05-03,1\n", ",", id="comma"),
    pytest.param("a;b\n2024-05-03;1\n", ";", id="semicolon"),
    pytest.param("a\tb\n2024-05-03\t1\n", "\t", id="tab"),
    pytest.param("a|b\n2024-05-03|1\n", "|", id="bar"),
    pytest.param("a;b\n03.05.2024 00:00;0,5\n03.05.2024 01:00;0,75\n", ";", id="decimal commas"),
    pytest.param("a\tb\tc\n2024-05-03\t0,5\t1,5\n2024-05-04\t0,5\t1,5\n", "\t", id="two decimal commas"),
    pytest.param('"Datum";"Last (412,75 kWh)"\n03.05.2024 00:00;0,1\n', ";", id="comma in a quoted heading"),
    pytest.param('day,"a; b; c",n\n2024-05-03,"x; y; z",1\n2024-05-04,"x; y; z",2\n', ",", id="semicolons in quotes"),
    pytest.param("Kunde;7\nOrt;Wien, AT\n\nZeit;kWh\n03.05.2024 00:00;0,1\n03.05.2024 00:15;0,2\n", ";", id="titles above"),
    pytest.param("Name,,,\nRange, 05/03/2024; all,,\nt,v,u,q\n05/03/2024 00:00,1.5,kWh,A\n05/03/2024 01:00,1.5,kWh,A\n", ",", id="semicolon in a title"),
    pytest.param("t,a|b\n2024-05-03,1\n2024-05-04,2\n", ",", id="bar in a name"),
    pytest.param("time,value\n", ",", id="heading only"),
    pytest.param("value\n1\n2\n", ",", id="one column"),
    pytest.param("2024-05-03 00:00 0,5\n2024-05-03 01:00 0,75\n", " ", id="single blanks"),
    pytest.param("date        time   use\n2024-05-03  00:00  0.5\n2024-05-03  01:00  0.75\n", "  ", id="aligned"),
    pytest.param("time value\nno table at all\nbut prose\n", ",", id="prose"),
    pytest.param("t;r\n03.05.2024 00:00 - 03.05.2024 01:00;4,5\n", ";", id="ranges"),
    pytest.param("t,v\n3 May 2024 1:00 PM,4\n3 May 2024 2:00 PM,5\n", ",", id="words of months"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "sign"), DELIMITED)
def test_the_delimiter_is_what_leaves_whole_cells(text: str, sign: str) -> None:
    assert delimiter_of(text.splitlines()) == sign


def test_blanks_part_cells_where_nothing_else_does() -> None:
    found = taken("date        time   use\n2024-05-03  00:00  0.5\n2024-05-03  01:00  0.75\n")
    assert found.rows == [
        ["date", "time", "use"],
        ["2024-05-03", "00:00", "0.5"],
        ["2024-05-03", "01:00", "0.75"],
    ]
    assert found.facts["delimiter"] == "blanks"


LINES: list[Any] = [
    pytest.param("sep=;\na,b;c\n1;2\n", [["a,b", "c"], ["1", "2"]], [2, 3], id="sep"),
    pytest.param('"sep=,"\na;b,c\n1,2\n', [["a;b", "c"], ["1", "2"]], [2, 3], id="quoted sep"),
    pytest.param("sep=\t\na;b\tc\n", [["a;b", "c"]], [2], id="sep is a tab"),
    pytest.param("t,v\n\n# note\n1,2\n  \n,\n3,4\n\n", [["t", "v"], ["1", "2"], ["3", "4"]], [1, 4, 7], id="blank rows and comments"),
    pytest.param("a,b,c,\n1,2\n1,2,3,4,5\n", [["a", "b", "c", ""], ["1", "2"], ["1", "2", "3", "4", "5"]], [1, 2, 3], id="ragged"),
    pytest.param('t,v\n1,"2\n3,4\n', [["t", "v"], ["1", "2"], ["3", "4"]], [1, 2, 3], id="an open quote swallows nothing"),
    pytest.param('t,"Use\n(kWh)",q\n2024-05-03,5,A\n', [["t", "Use (kWh)", "q"], ["2024-05-03", "5", "A"]], [2, 3], id="a heading over two lines"),
    pytest.param('t,v\n1,5" pipe\n2,3" pipe\n', [["t", "v"], ["1", "5 pipe"], ["2", "3 pipe"]], [1, 2, 3], id="inches"),
    pytest.param('"t,v"\n"2024-05-03,5"\n"2024-05-04,6"\n', [["t", "v"], ["2024-05-03", "5"], ["2024-05-04", "6"]], [1, 2, 3], id="lines in quotes"),
    pytest.param('"t,""v, w"""\n"1,""2"""\n', [["t", "v, w"], ["1", "2"]], [1, 2], id="lines in quotes with quotes"),
    pytest.param("t, v\n1, 2\n", [["t", "v"], ["1", "2"]], [1, 2], id="blanks after commas"),
    pytest.param("t,v\n1,2", [["t", "v"], ["1", "2"]], [1, 2], id="no last line end"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "rows", "lines"), LINES)
def test_rows_and_their_lines(text: str, rows: list[list[str]], lines: list[int]) -> None:
    found = taken(text)
    assert (found.rows, found.lines) == (rows, lines)


@pytest.mark.parametrize("body", [b"", b"\n\n", b"\xef\xbb\xbf", b"sep=;\n", b"\xff\xfe"])
def test_an_empty_file_is_called_so(body: bytes) -> None:
    with pytest.raises(InvalidReadings, match="The file is empty"):
        taken(body)


def test_blocks_are_bounded_and_numbered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts, "BLOCK_ROWS", 10)
    body = "t,v\n" + "".join(f"2024-05-03,{at}\n" for at in range(35))
    found = taken(body)
    assert found.lines == list(range(1, 37))
    assert len(found.fractions) == 4
    assert found.fractions == sorted(found.fractions)
    assert found.fractions[-1] == 1.0


def test_what_comes_in_small_pieces_is_read_alike() -> None:
    class Dribble(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            return super().read(min(size or 0, 5) if size and size > 0 else size)

    from data.importers.containers import open_sheets
    from data.importers.options import ImportOptions

    for body in (GERMAN.encode("utf-16-le"), gzip.compress(GERMAN.encode())):
        with open_sheets(Dribble(body), ImportOptions()) as [sheet]:
            assert [row for block in sheet.blocks for row in block.rows] == ROWS


CELLS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=8)


@settings(
    max_examples=200, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
@given(
    st.lists(st.tuples(CELLS, st.integers(-10**6, 10**6)), min_size=3, max_size=30),
    st.sampled_from([",", ";", "\t", "|"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
)  # fmt: skip
def test_a_table_that_csv_writes_comes_back(
    rows: list[tuple[str, int]], sign: str, codec: str, ends: str, comma: bool
) -> None:
    """Whatever the notes in it, as long as rows have a time and a number."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=sign, lineterminator=ends, quoting=csv.QUOTE_ALL)
    table = [["time", "value", "note"]]
    for at, (note, value) in enumerate(rows):
        number = f"{value / 1000:.3f}"
        # Blanks around cells go, and a quote within quotes is written twice.
        table.append(
            [
                f"2024-05-{at % 28 + 1:02} 00:00",
                number.replace(".", ",") if comma else number,
                note.replace('"', "'").lstrip(),
            ]
        )
    writer.writerows(table)
    assert taken(out.getvalue().encode(codec), form="csv").rows == table
