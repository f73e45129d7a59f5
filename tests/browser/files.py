"""Files that the browser tests upload, and the way through the page of imports."""

import csv
import io
import re
from datetime import UTC, datetime, timedelta

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


def import_through_page(page: Page, url: str, name: str, hours: int) -> None:
    """Import a file and open the page of its meter."""
    page.goto(f"{url}/dashboard/import")
    page.get_by_label("CSV file").set_input_files(csv_file(name, hours))  # type: ignore[arg-type]
    page.get_by_label("Time zone").fill("Europe/Rome")
    expect(page.locator("#preview-words")).to_contain_text("one reading per hour", timeout=JOB_MS)
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_text(f"{hours:,} readings stored")).to_be_visible(timeout=JOB_MS)
    page.get_by_role("link", name=re.compile("^Open ")).click()
    expect(page.locator("#chart canvas")).to_be_visible(timeout=JOB_MS)
