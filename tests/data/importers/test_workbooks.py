"""Workbooks: which sheet, and its cells as text."""

import io
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
import xlwt

from config.errors import InvalidReadings, InvalidRequest
from data.importers.containers.cells import Looks
from tests.data.importers.sheets import taken
from tests.data.importers.workbooks import Rows, around, ods, sheet_xml, xlsx, xlsx_parts, zipped

START = datetime(2024, 5, 3)
STEP = timedelta(minutes=15)


def table(rows: int = 4) -> list[list[Any]]:
    return [["Zeit", "Wert (kWh)"], *([START + at * STEP, 0.25 * (at + 1)] for at in range(rows))]


def xls(sheets: dict[str, Rows]) -> bytes:
    book = xlwt.Workbook()
    for name, rows in sheets.items():
        sheet = book.add_sheet(name)
        for at, row in enumerate(rows):
            for column, cell in enumerate(row):
                style = (
                    xlwt.easyxf(num_format_str="DD.MM.YYYY HH:MM")
                    if isinstance(cell, datetime)
                    else xlwt.Style.default_style
                )
                sheet.write(at, column, cell, style)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


WRITERS = {"xlsx": xlsx, "ods": ods, "xls": xls}


@pytest.mark.parametrize("form", WRITERS)
def test_a_sheet_is_rows_of_text(form: str) -> None:
    found = taken(WRITERS[form]({"Lastgang": [["Kunde", "Haus 7"], *table()]}))
    assert found.rows == [
        ["Kunde", "Haus 7"],
        ["Zeit", "Wert (kWh)"],
        ["2024-05-03T00:00:00", "0.25"],
        ["2024-05-03T00:15:00", "0.5"],
        ["2024-05-03T00:30:00", "0.75"],
        ["2024-05-03T00:45:00", "1"],
    ]
    assert (found.form, found.typed, found.place, found.lines) == (
        form,
        True,
        "row",
        [1, 2, 3, 4, 5, 6],
    )
    assert found.facts == {"sheet": "Lastgang"}
    assert found.fractions[-1] == 1.0


@pytest.mark.parametrize("form", WRITERS)
def test_sheets_of_notes_are_passed_over_with_a_word(form: str) -> None:
    notes = [["How to read this"], ["Values are in kWh"]]
    summary = [["Month", "kWh"], [date(2024, 5, 1) if form == "xlsx" else "2024-05-01", 99.5]]
    found = taken(WRITERS[form]({"Notes": notes, "Data": table(40), "Sum": summary}))
    assert len(found.rows) == 41
    assert found.facts == {"sheet": "Data", "sheets left out": "'Notes', 'Sum'"}


def test_several_tables_have_to_be_told_apart() -> None:
    book = xlsx({"Info": [["x"]], "North": table(40), "South": table(30)})
    with pytest.raises(
        InvalidRequest, match="2 sheets of the workbook are tables: 'North'"
    ) as refused:
        taken(book)
    assert refused.value.detail == {"field": "sheet", "choices": ["North", "South"]}
    assert "`sheet`" in refused.value.hint
    assert len(taken(book, sheet="South").rows) == 31
    with pytest.raises(InvalidRequest, match="no sheet 'West'") as unknown:
        taken(book, sheet="West")
    assert "'North'" in unknown.value.hint


def test_hidden_sheets_count_only_where_they_are_named() -> None:
    book = xlsx({"Data": table(40), "Old": table(50)}, hidden=["Old"])
    assert taken(book).facts["sheet"] == "Data"
    assert len(taken(book, sheet="Old").rows) == 51


CELLS = [
    pytest.param([[datetime(2024, 5, 3, 0, 14, 59, 999_600)]], [["2024-05-03T00:15:00"]], id="rounded to seconds"),
    pytest.param([[START], [START + STEP]], [["2024-05-03T00:00:00"], ["2024-05-03T00:15:00"]], id="midnight among times"),
    pytest.param([[date(2024, 5, 3)], [date(2024, 5, 4)]], [["2024-05-03"], ["2024-05-04"]], id="dates"),
    pytest.param([[time(0, 15)], [time(0)], [time(23, 59, 59)]], [["00:15:00"], ["00:00:00"], ["23:59:59"]], id="times of day"),
    pytest.param([[0.1 + 0.2], [7.0], [1e-7], [-2.5], [10**12]], [["0.30000000000000004"], ["7"], ["1e-07"], ["-2.5"], ["1000000000000"]], id="numbers"),
    pytest.param([[True, False, "x"]], [["True", "False", "x"]], id="truths"),
    pytest.param([["#N/A", 1.0]], [["", "1"]], id="errors are nothing"),
    pytest.param([["Use\n(kWh)", "a  b"]], [["Use (kWh)", "a  b"]], id="line ends in a cell"),
    pytest.param([["a", None, 1.5], [None, None, None], [None, "b", None]], [["a", "", "1.5"], ["", "b", ""]], id="gaps"),
]  # fmt: skip


@pytest.mark.parametrize(("rows", "texts"), CELLS)
def test_cells_as_text(rows: Rows, texts: list[list[str]]) -> None:
    assert taken(xlsx({"A": rows})).rows == texts


def test_a_whole_day_among_times_of_day_is_24_00() -> None:
    looks = Looks()
    rows = [[time(23, 45), 1.0], [date(1900, 1, 1), 2.0], [timedelta(hours=24), 3.0]]
    for row in rows:
        looks.see(row)
    assert [looks.columns().texts(row)[0] for row in rows] == ["23:45:00", "24:00:00", "24:00:00"]


def test_numbers_that_are_text_are_left_to_a_reader_of_texts() -> None:
    """A number of three decimals then gets a fourth, or it could be a thousand."""
    found = taken(
        xlsx({"A": [["t", "a", "b"], ["03.05.2024", "1,234", 1.234], ["04.05.2024", "0,5", 2.0]]})
    )
    assert not found.typed
    assert found.rows[1:] == [["03.05.2024", "1,234", "1.2340"], ["04.05.2024", "0,5", "2"]]
    assert found.facts["numbers"] == "written as text in some cells"
    plain = taken(xlsx({"A": [["t", "a"], ["03.05.2024", 1.234]]}))
    assert plain.typed
    assert plain.rows[1] == ["03.05.2024", "1.234"]


def test_rows_count_as_excel_counts_them() -> None:
    parts = xlsx_parts({"A": sheet_xml(table(), first=4)})
    assert taken(zipped(parts)).lines == [4, 5, 6, 7, 8]


@pytest.mark.parametrize("form", WRITERS)
def test_a_workbook_without_anything_is_called_empty(form: str) -> None:
    with pytest.raises(InvalidReadings, match="empty"):
        taken(WRITERS[form]({"A": []}))


@pytest.mark.parametrize("form", WRITERS)
@pytest.mark.parametrize("share", [0.2, 0.5, 0.9, 0.99])
def test_a_part_of_a_workbook_is_called_damaged(form: str, share: float) -> None:
    body = WRITERS[form]({"A": table(400)})
    with pytest.raises(InvalidReadings, match=r"damaged|cannot be read|broken"):
        taken(body[: int(len(body) * share)])


def test_a_csv_that_a_browser_calls_a_workbook_is_a_csv() -> None:
    assert taken("t;v\n2024-05-03;1\n", form="xls").form == "csv"
    assert taken(xlsx({"A": table()}), form="csv").form == "xlsx"


def test_parts_that_are_no_sheet_may_be_broken() -> None:
    """Excel's own drawings of notes are no XML, and pictures are none."""
    parts = xlsx_parts({"A": sheet_xml(table())})
    parts["xl/drawings/vmlDrawing1.vml"] = "<xml><br></xml>"
    parts["docProps/thumbnail.png"] = "\x89PNG"
    assert len(taken(zipped(parts)).rows) == 5


def test_a_sheet_in_which_cells_have_no_places() -> None:
    rows = "<row><c><v>1</v></c><c><v>2.5</v></c></row><row><c/><c><v>4</v></c></row>"
    assert taken(zipped(xlsx_parts({"A": around(rows)}))).rows == [["1", "2.5"], ["", "4"]]
