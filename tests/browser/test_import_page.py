"""The page of imports: what a file would become is seen before anything is stored."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.files import JOB_MS, csv_file, import_through_page
from tests.browsers import Screenshot
from tests.platform import Platform


def choose(page: Page, platform: Platform, name: str, content: bytes) -> None:
    page.goto(f"{platform.url}/dashboard/import")
    page.get_by_label("CSV file").set_input_files(
        {"name": name, "mimeType": "text/csv", "buffer": content}
    )


def test_columns_units_and_first_readings_are_seen(
    platform: Platform, page: Page, screenshot: Screenshot
) -> None:
    rows = b"".join(b"2026-01-01 %02d:00,%d,3.5\n" % (hour, 7 + hour) for hour in range(24))
    choose(page, platform, "my meter.csv", b"Date,Load (MWh),Temperature\n" + rows)
    expect(page.locator("#preview-words")).to_contain_text(
        "24 of the first 24 rows", timeout=JOB_MS
    )
    expect(page.locator("#preview-words")).to_contain_text("weather: temperature")
    expect(page.get_by_label("Column of the time")).to_have_value("Date")
    expect(page.get_by_label("Column of the value")).to_have_value("Load (MWh)")
    expect(page.get_by_label("Unit")).to_have_value("MWh")
    expect(page.get_by_label("Meter id")).to_have_value("my_meter")
    expect(page.locator("#preview-rows tr").first).to_contain_text("7")
    screenshot(page, "import")
    assert platform.http.get("/meters/electricity/my_meter").status_code == 404


def test_columns_that_could_be_several_are_chosen(platform: Platform, page: Page) -> None:
    rows = b"".join(b"2026-01-01 %02d:00,1,%d\n" % (hour, hour) for hour in range(24))
    choose(page, platform, "two.csv", b"time,alpha,beta\n" + rows)
    problem = page.locator("#import-problems .problem")
    expect(problem).to_contain_text("Several columns could be the consumption", timeout=JOB_MS)
    page.get_by_label("Column of the value").select_option("beta")
    expect(page.locator("#preview-rows tr").nth(3)).to_contain_text("3", timeout=JOB_MS)
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_text("24 readings stored")).to_be_visible(timeout=JOB_MS)
    stored = platform.http.get("/meters/electricity/two/readings").json()
    assert stored["values"] == list(range(24))


def test_what_was_left_out_is_said(platform: Platform, page: Page) -> None:
    page.goto(f"{platform.url}/dashboard/import")
    page.get_by_label("CSV file").set_input_files(csv_file("short story.csv", 48))  # type: ignore[arg-type]
    expect(page.locator("#preview-left-out")).to_contain_text("broken", timeout=JOB_MS)
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_text("1 row left out: 1 value not readable.")).to_be_visible(timeout=JOB_MS)
    expect(page.get_by_role("link", name="Open short_story")).to_be_focused()


def test_a_meter_that_exists_brings_its_settings_along(platform: Platform, page: Page) -> None:
    facts = {"unit": "MWh", "timezone": "Asia/Tokyo", "country": "JP"}
    platform.http.put("/meters/electricity/in_tokyo", json=facts)
    page.goto(f"{platform.url}/dashboard/meters/electricity/in_tokyo")
    page.get_by_role("link", name="Import a file").click()
    expect(page.locator("#known-meter")).to_be_visible(timeout=JOB_MS)
    expect(page.get_by_label("Time zone")).to_have_value("Asia/Tokyo")
    expect(page.get_by_label("Unit")).to_have_value("MWh")
    page.get_by_label("CSV file").set_input_files(csv_file("any name.csv", 24))  # type: ignore[arg-type]
    expect(page.locator("#preview-words")).to_contain_text("24 of", timeout=JOB_MS)
    expect(page.get_by_label("Meter id")).to_have_value("in_tokyo")
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_text("24 readings stored")).to_be_visible(timeout=JOB_MS)
    stored = platform.http.get("/meters/electricity/in_tokyo").json()
    assert {name: stored[name] for name in facts} == facts
    for name, is_known in (("in_tokyo", True), ("not_there_yet", False)):
        page.get_by_label("Meter id").fill(name)
        page.get_by_label("Meter id").press("Tab")
        expect(page.locator("#known-meter")).to_be_visible(visible=is_known, timeout=JOB_MS)


def test_a_file_without_readings_leaves_no_meter(platform: Platform, page: Page) -> None:
    choose(page, platform, "nothing.csv", b"timestamp,value\nnever,none\n")
    expect(page.locator("#import-problems .problem")).to_be_visible(timeout=JOB_MS)
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.locator("#import-problems .problem")).to_be_visible(timeout=JOB_MS)
    assert platform.http.get("/meters/electricity/nothing").status_code == 404


def test_a_large_file_is_stored_by_a_job(platform: Platform, page: Page) -> None:
    hours = 150_000
    size = len(csv_file("large.csv", hours)["buffer"])
    assert size > platform.settings.inline_upload_mb * 2**20
    import_through_page(page, platform.url, "large.csv", hours)
    expect(page.get_by_role("heading", name="large", exact=True)).to_be_visible()


@pytest.mark.parametrize(
    ("body", "query", "status", "wanted"),
    [
        pytest.param(b"time,kwh\n2026-01-01,1\n", "", 200, "columns", id="understood"),
        pytest.param(b"x,y,z\n1,2,3\n", "", 200, "problem", id="not-understood"),
        pytest.param(b"", "", 200, "problem", id="empty"),
        pytest.param(b"time,kwh\n2026-01-01,1\n", "?timezone=Nowhere", 422, "code", id="no-zone"),
        pytest.param(b"a" * 300_000, "", 413, "code", id="more-than-a-beginning"),
    ],
)
def test_a_preview_answers(
    platform: Platform, body: bytes, query: str, status: int, wanted: str
) -> None:
    answer = platform.http.post(
        f"/preview/{query}", content=body, headers={"Content-Type": "text/csv"}
    )
    assert answer.status_code == status
    assert answer.json()[wanted]


def test_the_preview_agrees_with_the_import(platform: Platform) -> None:
    body = csv_file("x.csv", 30)["buffer"]
    headers = {"Content-Type": "text/csv"}
    seen = platform.http.post("/preview/", content=body, headers=headers).json()
    platform.http.put("/meters/water/agreed", json={})
    summary = platform.http.post(
        "/meters/water/agreed/readings", content=body, headers=headers
    ).json()
    assert seen["columns"] == summary["columns"]
    assert seen["usable"] == summary["accepted"]
    assert seen["dropped"] == summary["dropped"]
    assert re.match(r"line 32: ", seen["problems"][0])
