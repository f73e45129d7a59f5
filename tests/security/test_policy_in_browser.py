"""The pages' own policy does not stop the pages: nothing of them is blocked, in a real browser."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from tests.platform import Platform
from tests.security.conftest import BOOTSTRAP


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    with Platform(
        tmp_path_factory.mktemp("policy"), roles=("api",), API_KEYS="always", API_WORKERS="1",
        BOOTSTRAP_API_KEY=BOOTSTRAP,
    ) as running:  # fmt: skip
        yield running


def test_a_person_signs_in_and_sees_every_page(api: Platform, browser: Browser) -> None:
    page = browser.new_page(base_url=api.url)
    blocked: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            blocked.append(message.text)

    page.on("console", hear)
    page.goto("/")
    expect(page).to_have_url(f"{api.url}/sign_in")
    page.get_by_label("API key").fill("not a key")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("not known")
    page.get_by_label("API key").fill(BOOTSTRAP)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(f"{api.url}/")
    for path in _pages(page):
        page.goto(path)
        page.wait_for_load_state("load")
    page.goto("/docs")
    expect(page.get_by_text("Energy Forecasting").first).to_be_visible()
    expect(page.locator(".opblock").first).to_be_visible(timeout=20_000)
    page.locator(".opblock").first.click()

    assert blocked == []
    page.close()


def _pages(page: Page) -> list[str]:
    """The addresses in the menu."""
    links = page.locator("header a[href^='/']").all()
    return sorted({str(link.get_attribute("href")) for link in links})
