"""The Python client where something else than the API answers: a proxy, another program."""

import asyncio
import inspect
import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from client import ApiError, AsyncClient, Client, ClientError

EVENTS = {"Content-Type": "text/event-stream"}
STARTED = (200, EVENTS, b'id: 1-0\ndata: {"status": "running", "progress": 1}\n\n')
ENDED = (200, EVENTS, b'id: 2-0\ndata: {"status": "succeeded", "progress": 100}\n\n')
HTML = (200, {"Content-Type": "text/html"}, b"<html>Welcome</html>")
Answer = tuple[int, dict[str, str], bytes]


class Scripted(ThreadingHTTPServer):
    """Gives its answers in turn, the last one for ever; keeps when each was asked for."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Teller)
        self.answers: list[Answer] = []
        self.asked: list[float] = []
        self.url = f"http://127.0.0.1:{self.server_port}"


class Teller(BaseHTTPRequestHandler):
    server: Scripted

    def do_GET(self) -> None:
        script = self.server.answers
        status, headers, body = script[min(len(self.server.asked), len(script) - 1)]
        self.server.asked.append(time.monotonic())
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_DELETE = do_GET

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def server() -> Iterator[Scripted]:
    with Scripted() as one:
        threading.Thread(target=one.serve_forever, daemon=True).start()
        yield one
        one.shutdown()


def watched(url: str, *, how: str) -> dict[str, Any]:
    """The job object at its end, by either client."""
    if how == "sync":
        with Client(url) as api:
            return api.job("one").wait()

    async def story() -> dict[str, Any]:
        async with AsyncClient(url) as api:
            return await api.job("one").wait()

    with ThreadPoolExecutor(1) as thread:  # the browser tests keep an event loop in this one
        return thread.submit(asyncio.run, story()).result()


@pytest.mark.parametrize("how", ["sync", "async"])
def test_watching_goes_on_behind_a_proxy_that_cannot_reach_the_api_for_a_while(
    server: Scripted, how: str
) -> None:
    server.answers = [STARTED, (502, {}, b""), (504, {}, b"<html>"), ENDED]
    assert watched(server.url, how=how) == {"status": "succeeded", "progress": 100}
    assert len(server.asked) == 4


@pytest.mark.parametrize("how", ["sync", "async"])
def test_an_error_that_lasts_is_told_in_the_end(
    server: Scripted, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setattr("client.protocol.PATIENCE", 0.5)
    server.answers = [(503, {}, json.dumps({"code": "store_unavailable"}).encode())]
    with pytest.raises(ApiError) as told:
        watched(server.url, how=how)
    assert told.value.code == "store_unavailable"
    assert len(server.asked) > 1


def test_a_server_that_asks_for_time_gets_it(server: Scripted) -> None:
    server.answers = [(429, {"Retry-After": "2"}, b"{}"), ENDED]
    watched(server.url, how="sync")
    first, second = server.asked
    assert second - first >= 2


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(HTML, id="a-page"),
        pytest.param((500, {}, b"[]"), id="an-error-that-is-a-list"),
        pytest.param((404, {}, b'{"detail": "Not Found"}'), id="another-programs-error"),
        pytest.param((302, {"Location": "/login"}, b""), id="a-sign-in-page"),
    ],
)
def test_what_is_not_the_apis_is_an_error_with_a_remedy(server: Scripted, answer: Answer) -> None:
    server.answers = [answer]
    with Client(server.url) as api:
        for call in (api.jobs, lambda: api.train("water", "a"), lambda: api.job("one").wait()):
            with pytest.raises(ClientError) as told:
                call()
            assert str(answer[0]) in str(told.value)
            assert "address" in told.value.hint


def test_an_answer_without_content_is_no_error(server: Scripted) -> None:
    server.answers = [(204, {}, b"")]
    with Client(server.url) as api:
        assert api.call("DELETE", "/meters/water/a") == {}


def test_both_clients_do_the_same() -> None:
    def offered(kind: type) -> dict[str, list[str]]:
        return {
            name: list(inspect.signature(method).parameters)
            for name, method in inspect.getmembers(kind, inspect.isfunction)
            if not name.startswith("_")
        }

    assert offered(AsyncClient) == offered(Client)
