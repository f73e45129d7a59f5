"""The pages once a sign-in has ended: they say so, and ask for nothing any more."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.files import JOB_MS
from tests.platform import Platform

KEY = "k" * 40


@pytest.fixture(scope="module")
def keyed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """A server that asks everybody for a key."""
    folder = tmp_path_factory.mktemp("keyed")
    with Platform(folder, roles=("api",), API_KEYS="always", BOOTSTRAP_API_KEY=KEY) as running:
        yield running


@pytest.mark.parametrize("path", ["/", "/dashboard/jobs", "/dashboard/health"])
def test_a_sign_in_that_has_ended_is_told(keyed: Platform, page: Page, path: str) -> None:
    page.goto(keyed.url)
    sign_in(page)
    page.wait_for_url(f"{keyed.url}/")
    page.goto(keyed.url + path)
    page.wait_for_load_state("networkidle" if path == "/dashboard/health" else "load")
    page.wait_for_timeout(2_000)  # a first request that is cut is an outage, and told as one
    page.context.clear_cookies()
    keyed.restart("api")  # which cuts the streams, as a proxy would
    problem = page.locator("#page-problems .problem")
    expect(problem).to_have_attribute("data-code", "unauthorized", timeout=JOB_MS)
    expect(page.locator("#connection")).to_be_hidden()
    expect(page.get_by_text("does not answer")).to_have_count(0)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.wait_for_timeout(7_000)  # longer than any of the pauses after which pages ask again
    assert asked == []
    page.get_by_role("link", name="Sign in").click()
    sign_in(page)
    expect(page).to_have_url(keyed.url + path)


def test_one_comes_back_to_the_page_with_its_filter(keyed: Platform, page: Page) -> None:
    wanted = f"{keyed.url}/?search=site%20a&sort=error"
    page.goto(wanted)
    expect(page.get_by_label("API key")).to_be_visible()
    page.get_by_label("API key").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("not known")
    sign_in(page)
    expect(page).to_have_url(wanted)


@pytest.mark.parametrize(
    "address",
    [
        pytest.param("//evil.example/", id="two-slashes"),
        pytest.param("/%5Cevil.example/", id="backslash"),
        pytest.param("/%09/evil.example/", id="tab"),
        pytest.param("https://evil.example/", id="scheme"),
        pytest.param("javascript:alert(1)", id="script"),
    ],
)
def test_a_link_to_the_form_leads_nowhere_else(keyed: Platform, page: Page, address: str) -> None:
    """`address` as it stands in the link: the browser and the server take it to pieces."""
    left: list[str] = []
    page.route(
        lambda url: not url.startswith(keyed.url), lambda route: left.append(route.request.url)
    )
    page.goto(f"{keyed.url}/sign_in?next={address}")
    sign_in(page)
    expect(page).to_have_url(f"{keyed.url}/")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert left == []


def sign_in(page: Page) -> None:
    page.get_by_label("API key").fill(KEY)
    page.get_by_role("button", name="Sign in").click()
