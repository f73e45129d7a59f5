"""The page of imports: what a file would become is seen before anything is stored, or asked."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.files import JOB_MS, csv_file, import_through_page, workbook
from tests.browser.pages import serious_faults
from tests.browsers import Screenshot
from tests.platform import Platform


def choose(page: Page, platform: Platform, name: str, content: bytes | str) -> None:
    page.goto(f"{platform.url}/dashboard/import")
    body = content.encode() if isinstance(content, str) else content
    page.get_by_label("File of readings").set_input_files(
        {"name": name, "mimeType": "application/x-whatever", "buffer": body}
    )


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def stored_values(platform: Platform, name: str, **span: str) -> list[float]:
    answer = platform.http.get(f"/meters/electricity/{name}/readings", params=span)
    values: list[float] = answer.json()["values"]
    return values


def hours(count: int) -> list[str]:
    """Local times of whole hours, as a utility writes them."""
    start = datetime(2025, 1, 6, tzinfo=UTC)
    return [f"{start + timedelta(hours=hour):%Y-%m-%d %H:%M}" for hour in range(count)]


def two_registers(count: int) -> str:
    """Hours of two registers in rows, neither of which is called consumption: first all of one."""
    return "time;register;kWh\n" + "".join(
        f"{at};{name};{value}\n"
        for name, value in (("upper floor", "1,5"), ("ground floor", "2,25"))
        for at in hours(count)
    )


def test_columns_units_and_first_readings_are_seen(
    platform: Platform, page: Page, screenshot: Screenshot
) -> None:
    rows = b"".join(b"2026-01-01 %02d:00,%d,3.5\n" % (hour, 7 + hour) for hour in range(24))
    choose(page, platform, "my meter.csv", b"Date,Load (MWh),Temperature\n" + rows)
    expect(page.locator("#preview-words")).to_contain_text(
        "24 readings from 24 rows", timeout=JOB_MS
    )
    expect(page.locator("#preview-words")).to_contain_text("weather: temperature")
    expect(page.get_by_label("Column of the time")).to_contain_text("found: Date")
    expect(page.get_by_label("Column of the value")).to_contain_text("found: Load (MWh)")
    read = page.locator("#assumptions")
    for words in (
        "Between columns comma",
        "Zone of the times America/New_York",
        "one reading per hour",
    ):
        expect(read).to_contain_text(re.compile(words.replace(" ", r"\s*")))
    expect(page.locator("#preview-chart path")).to_be_attached()
    expect(page.locator("#preview-chart")).to_contain_text("sum 444\u00a0MWh")
    expect(page.get_by_label("Unit")).to_have_value("MWh")
    expect(page.get_by_label("Meter id")).to_have_value("my_meter")
    expect(page.locator("#preview-rows tr").first).to_contain_text("7")
    screenshot(page, "import")
    assert platform.http.get("/meters/electricity/my_meter").status_code == 404


def test_columns_that_could_be_several_are_chosen(platform: Platform, page: Page) -> None:
    rows = b"".join(
        b"2026-01-01 %02d:00,%d,%d\n" % (hour, hour % 3, hour % 5) for hour in range(24)
    )
    choose(page, platform, "two.csv", b"time,alpha,beta\n" + rows)
    expect(page.locator("#question")).to_contain_text(
        "Several columns could be the consumption", timeout=JOB_MS
    )
    page.get_by_label("Column of the value").select_option("beta")
    expect(page.locator("#preview-rows tr").nth(3)).to_contain_text("3", timeout=JOB_MS)
    expect(page.locator("#question")).to_be_hidden()
    press(page, "Import")
    expect(page.get_by_text("24 readings stored")).to_be_visible(timeout=JOB_MS)
    assert stored_values(platform, "two") == [hour % 5 for hour in range(24)]


def test_another_file_is_another_meter_unless_its_id_was_typed(
    platform: Platform, page: Page
) -> None:
    choose(page, platform, "cellar.csv", b"time,kWh\n2026-01-01 00:00,1\n2026-01-01 01:00,2\n")
    named = page.get_by_label("Meter id")
    expect(named).to_have_value("cellar", timeout=JOB_MS)
    page.get_by_label("File of readings").set_input_files(csv_file("attic.csv", 24))  # type: ignore[arg-type]
    expect(named).to_have_value("attic", timeout=JOB_MS)
    named.fill("whole_house")
    page.get_by_label("File of readings").set_input_files(csv_file("roof.csv", 24))  # type: ignore[arg-type]
    expect(page.locator("#preview-words")).to_contain_text("24 readings", timeout=JOB_MS)
    expect(named).to_have_value("whole_house")


def test_registers_are_asked_for_and_the_one_chosen_is_stored(
    platform: Platform, page: Page, screenshot: Screenshot
) -> None:
    choose(page, platform, "floors.csv", two_registers(48))
    question = page.locator("#question")
    expect(question).to_contain_text("Which is the consumption?", timeout=JOB_MS)
    ground = question.get_by_role("button", name=re.compile(r"ground floor.*48 readings, sum 108"))
    expect(ground).to_contain_text("6 Jan 2025, 00:00 – 7 Jan 2025, 23:00")
    expect(question.get_by_role("button")).to_have_count(2)
    expect(page.locator("#preview-body")).to_be_hidden()
    screenshot(page, "import-question")
    ground.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#preview-words")).to_contain_text("48 readings", timeout=JOB_MS)
    expect(page.locator("#answers")).to_contain_text("Register: ground floor")
    expect(page.get_by_role("button", name="Import", exact=True)).to_be_focused()
    expect(question).to_be_hidden()
    screenshot(page, "import-answered")

    page.get_by_role("button", name="Take back Register: ground floor").click()
    expect(question).to_be_visible(timeout=JOB_MS)
    question.get_by_role("button", name=re.compile("upper floor")).click()
    expect(page.locator("#answers")).to_contain_text("Register: upper floor", timeout=JOB_MS)
    press(page, "Import")
    expect(page.get_by_text("48 readings stored")).to_be_visible(timeout=JOB_MS)
    assert sum(stored_values(platform, "floors")) == 48 * 1.5
    expect(page.locator("#answers")).to_be_hidden()


def test_a_counter_is_asked_about(platform: Platform, page: Page) -> None:
    used = [1 + hour % 4 / 2 for hour in range(47)]
    faces = [1000 + sum(used[:hour]) for hour in range(48)]
    rows = "".join(f"{at},{face}\n" for at, face in zip(hours(48), faces, strict=True))
    choose(page, platform, "face.csv", "time,reading (kWh)\n" + rows)
    question = page.locator("#question")
    expect(question).to_contain_text("counts of a cumulative counter", timeout=JOB_MS)
    question.get_by_role("button", name=re.compile("differences.*sum 81")).click()
    expect(page.locator("#preview-words")).to_contain_text("48 counts", timeout=JOB_MS)
    press(page, "Import")
    expect(page.get_by_text("47 readings stored")).to_be_visible(timeout=JOB_MS)
    assert stored_values(platform, "face") == used


def test_several_questions_follow_each_other(platform: Platform, page: Page) -> None:
    faces = (("upper floor", 100), ("ground floor", 5000))
    rows = "".join(
        f"{at};{name};{first + hour}\n"
        for name, first in faces
        for hour, at in enumerate(hours(48))
    )
    choose(page, platform, "faces.csv", "time;register;kWh\n" + rows)
    question = page.locator("#question")
    question.get_by_role("button", name=re.compile("ground floor")).click(timeout=JOB_MS)
    differences = question.get_by_role("button", name=re.compile("differences"))
    expect(question.get_by_role("button").first).to_be_focused(timeout=JOB_MS)
    differences.click()
    expect(page.locator("#answers li")).to_have_count(2, timeout=JOB_MS)
    expect(page.locator("#preview-words")).to_contain_text("48 counts", timeout=JOB_MS)
    press(page, "Import")
    expect(page.get_by_text("47 readings stored")).to_be_visible(timeout=JOB_MS)
    assert stored_values(platform, "faces") == [1.0] * 47


def test_feed_in_is_left_out_or_subtracted(
    platform: Platform, page: Page, screenshot: Screenshot
) -> None:
    rows = "".join(f"{at},{2 + hour % 3},{0.5}\n" for hour, at in enumerate(hours(48)))
    choose(page, platform, "roof.csv", "time,Consumption (kWh),Feed-in (kWh)\n" + rows)
    expect(page.locator("#preview-warnings")).to_contain_text("was left out", timeout=JOB_MS)
    screenshot(page, "import-feed-in")
    press(page, "Subtract the feed-in")
    expect(page.locator("#assumptions")).to_contain_text("is subtracted", timeout=JOB_MS)
    expect(page.get_by_role("button", name="Subtract the feed-in")).to_be_hidden()
    press(page, "Import")
    expect(page.get_by_text("48 readings stored")).to_be_visible(timeout=JOB_MS)
    assert stored_values(platform, "roof") == [1.5 + hour % 3 for hour in range(48)]


def test_a_workbook_is_read_as_it_is(platform: Platform, page: Page) -> None:
    rows: list[list[str | float]] = [[at, hour % 7] for hour, at in enumerate(hours(48))]
    choose(page, platform, "Export 2025.xlsx", workbook([["Time", "Energy (kWh)"], *rows]))
    expect(page.locator("#preview-words")).to_contain_text("48 readings", timeout=JOB_MS)
    expect(page.get_by_label("Meter id")).to_have_value("Export_2025")
    press(page, "Import")
    expect(page.get_by_text("48 readings stored")).to_be_visible(timeout=JOB_MS)
    assert stored_values(platform, "Export_2025") == [hour % 7 for hour in range(48)]


def test_what_a_file_is_its_bytes_say_where_its_name_does_not(
    platform: Platform, page: Page
) -> None:
    items = ",".join(f'{{"start":"{at}","kwh":{n % 4}}}' for n, at in enumerate(hours(24)))
    choose(page, platform, "export.txt", f'{{"data":[{items}]}}')
    expect(page.locator("#preview-words")).to_contain_text("24 readings", timeout=JOB_MS)
    press(page, "Import")
    expect(page.get_by_text("24 readings stored")).to_be_visible(timeout=JOB_MS)


def test_bills_are_refused_in_words(platform: Platform, page: Page) -> None:
    rows = "".join(f"2025-{month:02}-01;{300 + month % 5}\n" for month in range(1, 13))
    choose(page, platform, "bills.csv", "Month;kWh\n" + rows)
    problem = page.locator("#import-problems .problem")
    expect(problem).to_contain_text("by the month, as bills are", timeout=JOB_MS)
    press(page, "Import")
    expect(problem).to_contain_text("Export the readings by the day", timeout=JOB_MS)
    assert platform.http.get("/meters/electricity/bills").status_code == 404


def test_what_the_rest_of_a_long_file_asks_is_asked_by_its_job(
    platform: Platform, page: Page
) -> None:
    """Its beginning is of one register alone."""
    count = 200_000
    start = datetime(2000, 1, 1, tzinfo=UTC)
    times = [f"{start + timedelta(hours=hour):%Y-%m-%dT%H:%MZ}" for hour in range(count)]
    rows = [f"{at},{name},{value}\n" for name, value in (("a", 1), ("b", 3)) for at in times]
    choose(page, platform, "long.csv", "time,channel,kWh\n" + "".join(rows))
    expect(page.locator("#cut-notice")).to_contain_text(
        "the import reads all of it", timeout=JOB_MS
    )
    expect(page.locator("#preview-words")).to_contain_text("from the first", timeout=JOB_MS)
    press(page, "Import")
    chosen = page.locator("#question").get_by_role("button", name=re.compile("^b "))
    expect(chosen).to_contain_text("200,000 readings, sum 600,000", timeout=JOB_MS)
    assert platform.http.get("/meters/electricity/long").status_code == 404
    chosen.click()
    expect(page.locator("#answers")).to_contain_text("Register: b")
    press(page, "Import")
    expect(page.get_by_text("200,000 readings stored")).to_be_visible(timeout=JOB_MS)
    first = stored_values(platform, "long", start="2000-01-02", end="2000-01-03")
    assert set(first) == {3.0}


def test_a_large_workbook_is_told_at_the_import(platform: Platform, page: Page) -> None:
    choose(page, platform, "large.ods", b"PK\x03\x04" + bytes(5 * 2**20))
    expect(page.locator("#cut-notice")).to_contain_text("is not looked at before", timeout=JOB_MS)
    expect(page.locator("#preview")).to_be_hidden()
    press(page, "Import")
    expect(page.locator("#import-problems .problem")).to_contain_text("damaged", timeout=JOB_MS)
    assert platform.http.get("/meters/electricity/large").status_code == 404


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_question_is_accessible_and_fits_a_phone(
    platform: Platform, page: Page, scheme: Any, screenshot: Screenshot
) -> None:
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.set_viewport_size({"width": 320, "height": 844})
    choose(page, platform, "narrow.csv", two_registers(48))
    expect(page.locator("#question")).to_be_visible(timeout=JOB_MS)
    assert serious_faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    screenshot(page, f"import-question-phone-{scheme}")
    page.locator("#choices button").first.click()
    expect(page.locator("#preview-words")).to_contain_text("48 readings", timeout=JOB_MS)
    assert serious_faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    screenshot(page, f"import-read-phone-{scheme}")


def test_what_was_left_out_is_said(platform: Platform, page: Page) -> None:
    page.goto(f"{platform.url}/dashboard/import")
    page.get_by_label("File of readings").set_input_files(csv_file("short story.csv", 48))  # type: ignore[arg-type]
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
    page.get_by_label("File of readings").set_input_files(csv_file("any name.csv", 24))  # type: ignore[arg-type]
    expect(page.locator("#preview-words")).to_contain_text("24 readings", timeout=JOB_MS)
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
        pytest.param(b"a" * (2**22 + 1), "", 413, "code", id="more-than-a-beginning"),
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


def test_a_body_of_any_type_is_told_by_its_bytes(platform: Platform) -> None:
    platform.http.put("/meters/electricity/any", json={})
    rows: list[list[str | float]] = [[at, hour % 7] for hour, at in enumerate(hours(24))]
    bodies = {
        "workbook": workbook([["Time", "kWh"], *rows]),
        "json": b'[{"time": "2025-01-06T00:00:00Z", "kwh": 3}, {"time": "2025-01-06T01:00:00Z", "kwh": 4}]',
    }
    anything = {"Content-Type": "application/octet-stream"}
    for body in bodies.values():
        seen = platform.http.post("/preview/", content=body, headers=anything).json()
        stored = platform.http.post(
            "/meters/electricity/any/readings", content=body, headers=anything
        ).json()
        assert seen["problem"] is None
        assert seen["usable"] == stored["accepted"]
        assert seen["assumptions"]["unit"] == stored["assumptions"]["unit"]
