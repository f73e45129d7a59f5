"""A page of another origin whose stream token has run out, by the code of the documentation."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from itsdangerous import TimestampSigner, URLSafeTimedSerializer
from playwright.sync_api import Page, Response, Route

from app.security.signing import STREAM, TOKEN_SECONDS
from tests.browser.files import JOB_MS
from tests.docs.snippets import snippets
from tests.platform import ROOT, Platform
from workers.api_keys import Keys, digest
from workers.states import Kind

KEY = "k" * 40


class HourAgo(TimestampSigner):
    def get_timestamp(self) -> int:
        return super().get_timestamp() - TOKEN_SECONDS - 1


class EmptyPage(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[str]:
    """The origin of another server; a real one, since browsers guard loopback from the rest."""
    with ThreadingHTTPServer(("127.0.0.1", 0), EmptyPage) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def keyed(tmp_path_factory: pytest.TempPathFactory, elsewhere: str) -> Iterator[Platform]:
    with Platform(
        tmp_path_factory.mktemp("tokens"), roles=("api",), API_KEYS="always", BOOTSTRAP_API_KEY=KEY,
        CORS_ORIGINS=elsewhere,
    ) as running:  # fmt: skip
        yield running


def test_a_page_begins_again_with_a_new_token(keyed: Platform, page: Page, elsewhere: str) -> None:
    job = keyed.jobs.submit(Kind.TRAIN, {}, meter_type="water", meter_id="m1").record["task_id"]
    signer = URLSafeTimedSerializer(Keys(keyed.jobs.redis).secret(), salt=STREAM, signer=HourAgo)
    old = signer.dumps(digest(KEY))
    asked: list[str] = []
    streams: list[int] = []

    def give(route: Route) -> None:
        """An old token first; then the server's own."""
        asked.append(route.request.method)
        if asked.count("POST") > 1:
            route.continue_()
        else:
            route.fulfill(
                status=201, json={"token": old}, headers={"Access-Control-Allow-Origin": elsewhere}
            )

    def hear(response: Response) -> None:
        if "/stream?" in response.url:
            streams.append(response.status)

    page.route("**/stream_tokens/", give)
    page.on("response", hear)
    page.goto(elsewhere)
    page.add_script_tag(content=_code(keyed.url, job))

    page.wait_for_function("job.status === 'queued'", timeout=JOB_MS)
    assert streams == [401, 200]
    keyed.jobs.cancel(job)
    page.wait_for_function("job.status === 'cancelled'", timeout=JOB_MS)
    assert asked.count("POST") == 2


def _code(url: str, job: str) -> str:
    """The block of `docs/sse.md` that asks for tokens, with a reader's own names in it."""
    found = [one.code for one in snippets(ROOT / "docs/sse.md") if "/stream_tokens/" in one.code]
    assert len(found) == 1
    code = found[0].replace("https://energy.example.org", url).replace("TASK_ID", job)
    return code.replace("'KEY'", f"'{KEY}'")
