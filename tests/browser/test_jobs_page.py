"""The page of jobs: one stream for all of them, cancel, batches, failures, a restart."""

from playwright.sync_api import Page, expect

from tests.browser.files import JOB_MS
from tests.browsers import Screenshot
from tests.platform import Platform


def test_jobs_appear_move_and_end_by_themselves(platform: Platform, page: Page) -> None:
    platform.load_demo()
    page.goto(f"{platform.url}/dashboard/jobs")
    job = platform.submit("/test_model/", meter_type="electricity", meter_id="demo_household")
    row = page.locator(f"tr[data-job='{job}']")
    expect(row).to_have_attribute("data-status", "running", timeout=JOB_MS)
    expect(row).to_have_attribute("data-status", "succeeded", timeout=JOB_MS)
    assert row.locator("progress").evaluate("bar => bar.value") == 100


def test_a_job_is_cancelled_in_its_row(platform: Platform, page: Page) -> None:
    platform.load_demo()
    page.goto(f"{platform.url}/dashboard/jobs")
    meter = {"meter_type": "electricity", "meter_id": "demo_city_district"}
    job = platform.submit("/trainmodel/", **meter, force=True)
    row = page.locator(f"tr[data-job='{job}']")
    row.get_by_role("button", name="Cancel").click(timeout=JOB_MS)
    expect(row).to_have_attribute("data-status", "cancelled", timeout=JOB_MS)
    expect(row.get_by_role("button", name="Cancel")).to_be_hidden()


def test_a_batch_opens_to_its_members_and_failures_say_what_to_do(
    platform: Platform, page: Page, screenshot: Screenshot
) -> None:
    platform.load_demo()
    for meter_id in ("batch_a", "batch_b"):
        platform.http.put(f"/meters/water/{meter_id}", json={})
    members = [{"meter_type": "water", "meter_id": name} for name in ("batch_a", "batch_b")]
    page.goto(f"{platform.url}/dashboard/jobs")
    batch = platform.submit("/trainmodel/batch", meters=members)
    row = page.locator(f"tr[data-job='{batch}']")
    expect(row).to_have_attribute("data-status", "succeeded", timeout=JOB_MS)
    row.get_by_role("button", name="Members").click()
    failed = page.locator("tr.member[data-status=failed]")
    expect(failed).to_have_count(2, timeout=JOB_MS)
    expect(failed.first).to_contain_text("no_readings")
    screenshot(page, "jobs")
    page.get_by_label("State").select_option("failed")
    expect(page.locator("tr[data-status=succeeded]")).to_have_count(0)
