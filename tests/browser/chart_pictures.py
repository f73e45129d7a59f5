"""Pictures of the chart, taken when all that the page asked for is drawn."""

import time

from playwright.sync_api import Page, expect

from tests.browser.files import JOB_MS

CHANGED = "before => document.querySelector('#chart canvas').toDataURL() !== before"
SAME = "before => document.querySelector('#chart canvas').toDataURL() === before"
STILL_SECONDS = 1.0
"""Marks of holidays and of what training leaves out are drawn as their answers come."""
PATIENCE_SECONDS = 60.0


def picture(page: Page) -> str:
    """The chart as it is at this moment."""
    return str(page.locator("#chart canvas").evaluate("canvas => canvas.toDataURL()"))


def settled_picture(page: Page) -> str:
    """The chart once its page has heard of the meter's quality, and it has stopped changing."""
    expect(page.locator("#quality")).to_be_visible(timeout=JOB_MS)
    end = time.monotonic() + PATIENCE_SECONDS
    last, since = picture(page), time.monotonic()
    while time.monotonic() < end:
        page.wait_for_timeout(100)
        now = picture(page)
        if now != last:
            last, since = now, time.monotonic()
        elif time.monotonic() - since >= STILL_SECONDS:
            return now
    raise AssertionError(f"the chart did not come to rest within {PATIENCE_SECONDS:.0f} s")
