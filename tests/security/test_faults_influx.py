"""InfluxDB that refuses, is slow, or breaks off in the middle of an answer."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from app import create_app
from tests.reliability import note_fault
from tests.security.conftest import settings_of

TOKEN = "a-secret-influx-token"
Serve = Callable[[socket.socket], None]


def answer(status: str, body: str, length: int | None = None) -> Serve:
    """Answer with `body`; with another length than it has, the connection breaks off before."""
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: {length or len(body)}\r\n\r\n"

    def serve(client: socket.socket) -> None:
        client.recv(65536)
        client.sendall((head + body).encode())
        # Closing with a part of the request unread would reset the connection and lose the answer.
        client.shutdown(socket.SHUT_WR)
        client.settimeout(5)
        while client.recv(65536):
            pass

    return serve


def nothing(client: socket.socket) -> None:
    """Take the request and say nothing."""
    client.recv(65536)
    client.settimeout(30)
    client.recv(65536)


@contextmanager
def serving(serve: Serve) -> Iterator[str]:
    """A server that treats each connection so."""
    listener = socket.create_server(("127.0.0.1", 0))

    def one(client: socket.socket) -> None:
        with client, suppress(OSError):
            serve(client)

    def run() -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=one, args=(listener.accept()[0],), daemon=True).start()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


@contextmanager
def client_of(url: str, redis_url: str, folder: Path) -> Iterator[FlaskClient]:
    settings = settings_of(
        redis_url, folder, INFLUX_URL=url, INFLUX_TOKEN=TOKEN, INFLUX_ORG="org", INFLUX_TIMEOUT="1"
    )
    with create_app(settings).test_client() as client:
        yield client


@pytest.mark.parametrize(
    ("name", "serve", "said"),
    [
        pytest.param("401", answer("401 Unauthorized", '{"code":"unauthorized","message":"nope"}'), "INFLUX_TOKEN", id="401"),
        pytest.param("429", answer("429 Too Many Requests", '{"code":"too many requests"}'), "", id="429"),
        pytest.param("503", answer("503 Service Unavailable", "busy"), "", id="503"),
        pytest.param("200 and no JSON", answer("200 OK", "<html>a proxy</html>"), "", id="no-json"),
        pytest.param("half an answer", answer("200 OK", '{"results":[{"series":[{"na', 5000), "", id="half"),
        pytest.param("silence", nothing, "", id="silence"),
    ],
)  # fmt: skip
def test_influx_at_fault(
    redis_url: str, tmp_path: Path, name: str, serve: Serve, said: str
) -> None:
    path = "/meters/electricity/m1/readings"
    with serving(serve) as url, client_of(url, redis_url, tmp_path) as client:
        answers = [
            client.get("/meters/"),
            client.get(path),
            client.post(path, json=[{"time": "2026-01-01T00:00:00Z", "value": 1}]),
            client.post("/trainmodel/", json={"meter_type": "electricity", "meter_id": "m1"}),
        ]
        health = client.get("/health/")

    for one in answers:
        assert (one.status_code, one.json["code"]) == (503, "store_unavailable"), one.text
        assert one.headers["Retry-After"]
        assert said in one.json["hint"]
        assert TOKEN not in one.text
    assert health.status_code == 503
    assert TOKEN not in health.text
    note_fault(
        f"InfluxDB answers: {name}",
        by="a server that does so",
        seen="503 `store_unavailable` with `Retry-After`; `/health/` names the store",
        retried="jobs that run, with growing pauses",
    )
