"""A server of scripted answers, and both clients watching a job there."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from client import AsyncClient, Client

EVENTS = {"Content-Type": "text/event-stream"}
STARTED = (200, EVENTS, b'id: 1-0\ndata: {"status": "running", "progress": 1}\n\n')
ENDED = (200, EVENTS, b'id: 2-0\ndata: {"status": "succeeded", "progress": 100}\n\n')
Answer = tuple[int, dict[str, str], bytes]


class Scripted(ThreadingHTTPServer):
    """Gives its answers in turn, the last one for ever; keeps when and after which event each was
    asked for."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Teller)
        self.answers: list[Answer] = []
        self.asked: list[float] = []
        self.resumed: list[str | None] = []
        self.url = f"http://127.0.0.1:{self.server_port}"


class Teller(BaseHTTPRequestHandler):
    server: Scripted

    def do_GET(self) -> None:
        script = self.server.answers
        status, headers, body = script[min(len(self.server.asked), len(script) - 1)]
        self.server.asked.append(time.monotonic())
        self.server.resumed.append(self.headers["Last-Event-ID"])
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_DELETE = do_GET

    def log_message(self, *_: object) -> None: ...


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
