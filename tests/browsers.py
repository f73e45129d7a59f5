"""A browser beside the platform: Chromium, driven by Playwright.

One for all tests of a run (`tests/conftest.py` has these fixtures): Playwright runs once in a process.
"""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.processes import needed

FLAGS = (
    "--no-sandbox",  # CI runs as root, where Chromium's sandbox refuses to start
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
LOCALE, ZONE = "en-GB", "America/New_York"
"""Not the meters' zone: a page that shows the browser's instead of theirs is found out."""

Screenshot = Callable[[Page, str], None]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    system = needed("chromium", "chromium")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=system, args=list(FLAGS))
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def module_page(browser: Browser) -> Iterator[Page]:
    """One page for all tests of a module, which only ask it for values."""
    context = browser.new_context(locale=LOCALE, timezone_id=ZONE)
    yield context.new_page()
    context.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh page, whose own errors fail the test."""
    context = browser.new_context(
        viewport={"width": 1280, "height": 900}, locale=LOCALE, timezone_id=ZONE
    )
    opened = context.new_page()
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    yield opened
    context.close()
    assert not errors


@pytest.fixture
def screenshot() -> Screenshot:
    """Writes a screenshot into the folder ENERGY_SCREENSHOTS, where it is set."""
    folder = os.environ.get("ENERGY_SCREENSHOTS")

    def write(page: Page, name: str) -> None:
        if folder:
            safe = re.sub(r"[^a-z0-9-]+", "-", name.lower())
            page.screenshot(path=Path(folder) / f"{safe}.png", full_page=True)

    return write
