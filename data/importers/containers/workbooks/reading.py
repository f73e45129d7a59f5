"""Workbooks (.xlsx, .ods, .xls): the sheet that is a table, as rows of text."""

from collections.abc import Iterator
from io import BytesIO
from typing import BinaryIO

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetVisibleEnum,
)

from config.errors import InvalidReadings, InvalidRequest, TooLarge
from data.importers.containers.cells import Columns, Looks
from data.importers.containers.opening import Content
from data.importers.containers.text import BLOCK_CHARACTERS, BLOCK_ROWS
from data.importers.containers.workbooks.ods import check_ods
from data.importers.containers.workbooks.xls import check_xls
from data.importers.containers.workbooks.xlsx import check_xlsx
from data.importers.options import ImportOptions
from data.importers.sheet import Block, Sheet

AS_GOOD = 0.1
"""Share of the best sheet's rows from which on another is one that may be meant."""
LARGEST_XLS = 64 << 20
"""Bytes of a workbook of Excel before 2007, which holds at most 65 536 rows."""
CELLS_A_BLOCK = BLOCK_CHARACTERS // 8


def read_xlsx(content: Content, options: ImportOptions) -> Sheet:
    """The table of a workbook; raises as `read_sheet`, and for one that only grows."""
    copy, archive = content.archive()
    check_xlsx(archive)
    return read_sheet(copy, content, options, "xlsx")


def read_ods(content: Content, options: ImportOptions) -> Sheet:
    """The table of an OpenDocument spreadsheet; raises as `read_xlsx`."""
    copy, archive = content.archive()
    check_ods(archive)
    return read_sheet(copy, content, options, "ods")


def read_xls(content: Content, options: ImportOptions) -> Sheet:
    """The table of a workbook of Excel before 2007; raises as `read_sheet`."""
    data = content.stream.read(LARGEST_XLS + 1)
    if len(data) > LARGEST_XLS:
        raise TooLarge(
            f"The workbook is larger than {LARGEST_XLS >> 20} MB.", hint="Save it as .xlsx or CSV."
        )
    check_xls(data)
    return read_sheet(BytesIO(data), content, options, "xls")


def read_sheet(file: BinaryIO, content: Content, options: ImportOptions, form: str) -> Sheet:
    """The sheet with rows of times and numbers, or the one that `sheet` names.

    Raises `InvalidRequest` where several are as good, `InvalidReadings` for a workbook that is
    damaged, protected or empty.
    """
    file.seek(0)
    try:
        workbook = CalamineWorkbook.from_filelike(file)
        sheet, looks = _chosen(workbook, options, content.facts)
    except PasswordError as locked:
        raise InvalidReadings(
            "The workbook is protected by a password.", hint="Save it without one, or as CSV."
        ) from locked
    except (CalamineError, OSError, ValueError) as damaged:
        raise _damaged(damaged) from damaged
    except BaseException as panic:
        # What Rust calls a panic is no Exception: a hostile file may not end the process.
        if type(panic).__name__ == "PanicException":
            raise _damaged(panic) from panic
        raise
    columns = looks.columns()
    content.facts["sheet"] = sheet.name
    if columns.text_numbers:
        content.facts["numbers"] = "written as text in some cells"
    blocks = _blocks(sheet, columns)
    return Sheet(blocks, form, content.facts, typed=columns.typed, place="row")


def _blocks(sheet: CalamineSheet, columns: Columns) -> Iterator[Block]:
    most = max(1, min(BLOCK_ROWS, CELLS_A_BLOCK // max(sheet.width, 1)))
    total = max(sheet.end[0] + 1 if sheet.end else 1, 1)
    rows, lines = list[list[str]](), list[int]()
    # The rows above the first that is filled are given too: so rows count as Excel counts them.
    for number, cells in enumerate(sheet.iter_rows(), start=1):
        row = columns.texts(cells)
        if any(row):
            rows.append(row)
            lines.append(number)
        if len(rows) >= most:
            yield Block(rows, lines, min(number / total, 1.0))
            rows, lines = [], []
    if rows:
        yield Block(rows, lines, 1.0)


def _chosen(
    workbook: CalamineWorkbook, options: ImportOptions, facts: dict[str, str]
) -> tuple[CalamineSheet, Looks]:
    names = workbook.sheet_names
    if options.sheet is not None:
        if options.sheet not in names:
            raise InvalidRequest(
                f"The workbook has no sheet {options.sheet!r}.",
                hint=f"It has {_listed(names)}.",
                field="sheet",
                choices=names,
            )
        sheet = workbook.get_sheet_by_name(options.sheet)
        return sheet, _looks(sheet)
    seen = [
        known.name
        for known in workbook.sheets_metadata
        if known.visible == SheetVisibleEnum.Visible
    ]
    found = dict[str, tuple[int, CalamineSheet, Looks]]()
    for name in seen or names:
        sheet = workbook.get_sheet_by_name(name)
        looks = _looks(sheet)
        if looks.filled:
            found[name] = (looks.table_rows, sheet, looks)
    if not found:
        raise InvalidReadings("The workbook is empty.", hint="It needs a heading and rows.")
    best = max(found, key=lambda name: (found[name][0], found[name][2].filled))
    good = [name for name, (rows, *_) in found.items() if rows and rows >= AS_GOOD * found[best][0]]
    if len(good) > 1:
        counts = ", ".join(f"{name!r} ({found[name][0]:,} rows)" for name in good[:20])
        raise InvalidRequest(
            f"{len(good)} sheets of the workbook are tables: {counts}.",
            hint="Say which one with `sheet`.",
            field="sheet",
            choices=good,
        )
    others = [name for name in found if name != best]
    if others:
        facts["sheets left out"] = _listed(others)
    return found[best][1], found[best][2]


def _looks(sheet: CalamineSheet) -> Looks:
    looks = Looks()
    for cells in sheet.iter_rows():
        looks.see(cells)
    return looks


def _listed(names: list[str]) -> str:
    return ", ".join(map(repr, names[:20])) + (" …" if len(names) > 20 else "")


def _damaged(error: BaseException) -> InvalidReadings:
    return InvalidReadings(
        f"The workbook cannot be read: {str(error)[:200].rstrip('.')}.",
        hint="Open it in Excel or LibreOffice and save it anew, as .xlsx or CSV.",
    )
