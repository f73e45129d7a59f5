"""The documented snippet in a real browser: what EventSource makes of our bytes and statuses."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import ConsoleMessage, Page, sync_playwright

from tests.app.streams.harness import Job, Server
from tests.processes import free_port, needed, until

SNIPPET = """
const eventSource = new EventSource('/trainmodel/stream/task-id');
eventSource.onmessage = function(event) {
    const data = JSON.parse(event.data);
    console.log(`Status: ${data.status}, Progress: ${data.progress}%`);
};
"""


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    # Root, as in a container of CI, may not use Chromium's sandbox.
    flags = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=needed("chromium", "chromium"), args=flags
        )
        yield browser.new_page()
        browser.close()


@pytest.fixture
def printed(page: Page) -> Iterator[list[str]]:
    lines: list[str] = []

    def keep(message: ConsoleMessage) -> None:
        if message.text.startswith("Status: "):
            lines.append(message.text)

    page.on("console", keep)
    yield lines
    page.remove_listener("console", keep)


def follow(page: Page, server: Server, job: Job, script: str = SNIPPET) -> None:
    page.goto(f"http://127.0.0.1:{server.port}/stats")
    page.add_script_tag(content=script.replace("task-id", job.id).replace("const event", "event"))


def wait_for(page: Page, lines: list[str], wanted: str) -> None:
    def seen() -> bool:
        page.evaluate("0")  # lets Playwright hand over what the page has logged
        return wanted in lines

    until(seen, wanted)


def test_snippet_prints_each_event_then_stops_asking(
    page: Page, printed: list[str], server: Server, job: Job
):
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    follow(page, server, job)
    wait_for(page, printed, "Status: queued, Progress: 0%")
    job.step(1000)
    wait_for(page, printed, "Status: running, Progress: 10%")
    job.end()
    wait_for(page, printed, "Status: succeeded, Progress: 100%")
    # It reconnects once, is answered 204, and closes for good.
    page.wait_for_function("eventSource.readyState === EventSource.CLOSED")
    streams = [url for url in asked if job.id in url]
    assert len(streams) == 2
    assert len(printed) == 3


def test_stream_survives_a_restart_of_the_server(
    page: Page, printed: list[str], redis_url: str, job: Job, tmp_path: Path
):
    port = free_port()
    server = Server(redis_url, tmp_path, port=port, workers=1)
    try:
        follow(page, server, job)
        wait_for(page, printed, "Status: queued, Progress: 0%")
        job.step(1000)
        wait_for(page, printed, "Status: running, Progress: 10%")
        server.stop()
        job.step(2000)
        server = Server(redis_url, tmp_path, port=port, workers=1)
        job.end()
        wait_for(page, printed, "Status: succeeded, Progress: 100%")
        shares = [line.partition("Progress: ")[2] for line in printed]
        assert shares == ["0%", "10%", "20%", "100%"]
    finally:
        server.stop()
