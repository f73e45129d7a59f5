"""The pages without a mouse: what Tab reaches, in sight and by name; the first five minutes."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.chart_pictures import CHANGED, settled_picture
from tests.browser.files import JOB_MS, csv_file
from tests.browser.pages import METER_PATH, PAGES, fill, shown
from tests.browser.walk import nameless, stops, tab_to
from tests.platform import Platform

every_page = pytest.mark.parametrize("path", PAGES.values(), ids=PAGES.keys())


@pytest.fixture(scope="module")
def filled(platform: Platform) -> Platform:
    return fill(platform)


@every_page
def test_every_stop_of_tab_is_in_sight_and_ringed(filled: Platform, page: Page, path: str) -> None:
    shown(page, filled, path)
    found = stops(page)
    assert "skip" in found[0].what
    assert len(found) > len(PAGES)  # the menu, and what the page itself has
    assert [stop.what for stop in found if not stop.ringed] == []
    assert [stop.what for stop in found if not stop.seen] == []


@every_page
def test_a_screen_reader_is_told_the_name_of_everything(
    filled: Platform, page: Page, path: str
) -> None:
    shown(page, filled, path)
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    assert nameless(page) == []


def test_the_skip_link_leads_past_the_menu(filled: Platform, page: Page) -> None:
    shown(page, filled, "/")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("searchbox")).to_be_focused()


def test_sorting_keeps_the_focus(filled: Platform, page: Page) -> None:
    shown(page, filled, "/")
    button = page.get_by_role("button", name="Last reading")
    heading = page.locator("th", has=button)
    tab_to(page, button)
    for key, order in (("Enter", "ascending"), ("Space", "descending")):
        page.keyboard.press(key)
        expect(heading).to_have_attribute("aria-sort", order, timeout=JOB_MS)
        expect(button).to_be_focused()


def test_a_list_that_is_renewed_keeps_the_focus(filled: Platform, page: Page) -> None:
    shown(page, filled, "/")
    link = page.get_by_role("link", name=re.compile("demo_office"))
    tab_to(page, link)
    job = filled.submit("/demo/")  # its end renews the list
    with page.expect_response(re.compile("/overview/"), timeout=JOB_MS):
        filled.ended(job)
    expect(link).to_be_focused()


def test_details_open_and_the_chart_moves(filled: Platform, page: Page) -> None:
    shown(page, filled, METER_PATH)
    chart = page.locator("#chart")
    tab_to(page, chart)
    for key in ("+", "ArrowLeft"):
        before = settled_picture(page)
        page.keyboard.press(key)
        page.wait_for_function(CHANGED, arg=before)
    summary = page.locator("#forecast-table summary")
    tab_to(page, summary)
    page.keyboard.press("Enter")
    expect(page.locator("#forecast-table tbody tr").first).to_be_visible()


def test_what_is_dismissed_leaves_the_focus_on_the_page(filled: Platform, page: Page) -> None:
    shown(page, filled, "/dashboard/import")
    zone = page.get_by_label("Time zone")
    page.get_by_label("File of readings").set_input_files(csv_file("x.csv", 24))  # type: ignore[arg-type]
    expect(page.locator("#preview-words")).to_contain_text("24 readings", timeout=JOB_MS)
    tab_to(page, zone)
    page.keyboard.press("Control+A")
    page.keyboard.type("Mars/Base")
    page.keyboard.press("Tab")
    expect(page.locator("#import-problems .problem")).to_contain_text("Mars", timeout=JOB_MS)
    tab_to(page, page.get_by_role("button", name="Dismiss"))
    page.keyboard.press("Enter")
    expect(page.locator("#import-problems .problem")).to_have_count(0)
    expect(page.locator("#main")).to_be_focused()


def test_five_minutes_by_keyboard_alone(platform: Platform, page: Page) -> None:
    # Choosers are taken over from here on: asked for with the key, that can come after the key.
    page.on("filechooser", lambda _: None)
    page.goto(f"{platform.url}/")
    tab_to(page, page.get_by_role("link", name="Import", exact=True))
    page.keyboard.press("Enter")
    page.wait_for_url("**/dashboard/import")

    tab_to(page, page.get_by_label("File of readings"))
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Enter")
    chooser.value.set_files(csv_file("by_keyboard.csv", 120 * 24))  # type: ignore[arg-type]
    expect(page.locator("#preview-words")).to_contain_text("one reading per hour", timeout=JOB_MS)
    expect(page.get_by_label("Meter id")).to_have_value("by_keyboard")
    tab_to(page, page.get_by_label("Time zone"))
    page.keyboard.press("Control+A")
    page.keyboard.type("Europe/Rome")
    tab_to(page, page.get_by_role("button", name="Import", exact=True))
    page.keyboard.press("Enter")
    opens = page.get_by_role("link", name="Open by_keyboard")
    expect(opens).to_be_focused(timeout=JOB_MS)
    page.keyboard.press("Enter")

    train = page.get_by_role("button", name="Train")
    expect(train).to_be_enabled(timeout=JOB_MS)
    _train(page, train)
    expect(page.locator("#chart .u-legend")).to_contain_text("High (P90)", timeout=JOB_MS)
    first = page.locator("#versions-body tr").first.get_attribute("data-version")

    tab_to(page, page.get_by_label("Next"))
    page.keyboard.press("Control+A")
    page.keyboard.type("2")
    page.keyboard.press("Enter")
    expect(page.locator("#forecast-table tbody tr")).to_have_count(48, timeout=JOB_MS)

    tab_to(page, train)
    _train(page, train)
    expect(page.locator("#versions-body tr")).to_have_count(2, timeout=JOB_MS)
    champion = page.locator(f"#versions-body tr[data-version='{first}'] .badge.champion")
    if champion.count():  # the new one did not beat the old
        tab_to(page, page.get_by_role("button", name=re.compile("^Promote ")))
        page.keyboard.press("Enter")
    expect(champion).to_have_count(0, timeout=JOB_MS)
    tab_to(page, page.get_by_role("button", name="Roll back"))
    page.keyboard.press("Space")
    expect(champion).to_have_count(1, timeout=JOB_MS)
    expect(page.locator("#versions-said")).to_be_focused()


def _train(page: Page, train: Locator) -> None:
    """Press Train and wait; the button has the focus before, meanwhile and afterwards."""
    tab_to(page, train)
    page.keyboard.press("Enter")
    job = page.locator(".job[data-kind=train]:not([data-status=succeeded])")
    expect(job).to_be_visible(timeout=JOB_MS)
    expect(train).to_be_focused()
    expect(page.locator(".job[data-kind=train]")).to_have_attribute(
        "data-status", "succeeded", timeout=JOB_MS
    )
    expect(train).to_be_focused()
