"""A server that answers as InfluxDB of another version does, from answers written down."""

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Answer:
    """One answer: given to requests whose path and query contain `to`."""

    to: str
    body: str
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Asked:
    """One request as the server saw it, its body unzipped."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: str


@dataclass
class Replay:
    """Gives the first answer that fits, and remembers what it was asked."""

    answers: list[Answer]
    url: str = ""
    breaks: int = 0
    """How many of the next requests find that their connection was closed."""
    asked: list[Asked] = field(default_factory=list)

    def statements(self) -> list[str]:
        return [request.query["q"] for request in self.asked if "q" in request.query]


@contextmanager
def replaying(*answers: Answer) -> Iterator[Replay]:
    """A server on a free port for the length of the block."""
    replay = Replay(list(answers))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer("")

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            self._answer(body.decode())

        def _answer(self, body: str) -> None:
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            headers = {name.lower(): value for name, value in self.headers.items()}
            replay.asked.append(Asked(self.command, parts.path, query, headers, body))
            if replay.breaks:
                replay.breaks -= 1
                self.close_connection = True
                return
            text = f"{parts.path} {query.get('q', '')}"
            answer = next((one for one in replay.answers if one.to in text), _NOTHING)
            content = answer.body.encode()
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            if answer.status != 204:
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if answer.status != 204:
                self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            """Tests tell what went wrong; a log of requests would hide it."""

    server = ThreadingHTTPServer(("", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    replay.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield replay
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


_NOTHING = Answer("", '{"results":[{"statement_id":0}]}\n')
