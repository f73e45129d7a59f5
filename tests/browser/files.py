"""Files that the browser tests upload, and the way through the page of imports."""

import csv
import io
import re
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from xml.sax.saxutils import escape

from playwright.sync_api import Page, expect

JOB_MS = 120_000
"""A training on a busy two-core machine, with room."""


def csv_file(name: str, hours: int) -> dict[str, str | bytes]:
    """An upload of hourly readings with a daily rhythm, and one row that has no number.

    It ends with 2025, however long it is: readings of the future are left out.
    """
    start = datetime(2026, 1, 1, tzinfo=UTC) - timedelta(hours=hours)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(("timestamp", "value"))
    for hour in range(hours):
        at = start + timedelta(hours=hour)
        writer.writerow((at.isoformat(), 5 + at.hour % 12 + 2 * (at.weekday() > 4)))
    writer.writerow(((start + timedelta(hours=hours)).isoformat(), "broken"))
    return {"name": name, "mimeType": "text/csv", "buffer": text.getvalue().encode()}


def workbook(rows: Sequence[Sequence[str | float]]) -> bytes:
    """A workbook of Excel with one sheet of texts and numbers."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    table = "".join("<row>" + "".join(map(_cell, row)) + "</row>" for row in rows)
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships">'
        f'<Relationship Id="r1" Type="{relation}/officeDocument" Target="xl/workbook.xml"/>'
        "</Relationships>",
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{relation}">'
        '<sheets><sheet name="Data" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships">'
        f'<Relationship Id="r1" Type="{relation}/worksheet" Target="worksheets/sheet1.xml"/>'
        "</Relationships>",
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{table}</sheetData>'
        "</worksheet>",
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return out.getvalue()


def _cell(value: str | float) -> str:
    if isinstance(value, str):
        return f'<c t="inlineStr"><is><t>{escape(value)}</t></is></c>'
    return f"<c><v>{value}</v></c>"


def import_through_page(page: Page, url: str, name: str, hours: int) -> None:
    """Import a file and open the page of its meter."""
    page.goto(f"{url}/dashboard/import")
    page.get_by_label("File of readings").set_input_files(csv_file(name, hours))  # type: ignore[arg-type]
    page.get_by_label("Time zone").fill("Europe/Rome")
    expect(page.locator("#preview-words")).to_contain_text("one reading per hour", timeout=JOB_MS)
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_text(f"{hours:,} readings stored")).to_be_visible(timeout=JOB_MS)
    page.get_by_role("link", name=re.compile("^Open ")).click()
    expect(page.locator("#chart canvas")).to_be_visible(timeout=JOB_MS)
