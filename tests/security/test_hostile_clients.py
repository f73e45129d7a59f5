"""Clients that send too much, too slowly or nonsense, against a real server.

Each of them is answered or cut off, costs no memory, and nobody else waits for it.
"""

import gzip
import json
import socket
import time
from collections.abc import Iterator
from contextlib import suppress

import httpx
import psutil
import pytest

from data.meters import Meter
from tests.platform import Platform
from tests.processes import until
from tests.reliability import note_inputs

READINGS = "/meters/electricity/hostile/readings"
SILENCE = 1.5


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    with Platform(
        tmp_path_factory.mktemp("hostile"), roles=("api",),
        CLIENT_TIMEOUT_SECONDS=str(SILENCE), API_WORKERS="1",
    ) as running:  # fmt: skip
        running.store.put_meter(Meter("electricity", "hostile"))
        yield running


@pytest.fixture(autouse=True)
def still_well(api: Platform) -> Iterator[None]:
    """Whatever a test did: the server answers others at once afterwards, and has grown little."""
    before = memory_mb(api)
    yield
    assert httpx.get(f"{api.url}/health/live", timeout=5).status_code == 200
    assert memory_mb(api) - before < 120, "the process has grown"


def memory_mb(api: Platform) -> float:
    process = psutil.Process(api.processes["api"].pid)
    return sum(one.memory_info().rss for one in [process, *process.children()]) / 2**20


def connected(api: Platform) -> socket.socket:
    port = int(api.environment["API_PORT"])
    return socket.create_connection(("127.0.0.1", port), timeout=30)


def answer_to(api: Platform, sent: bytes) -> bytes:
    """The first bytes that come back; empty where the connection is closed without a word."""
    with connected(api) as connection:
        connection.sendall(sent)
        return connection.recv(4096)


def test_ten_gigabytes_that_announce_themselves_are_refused_at_once(api: Platform) -> None:
    head = f"POST {READINGS} HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/csv\r\nContent-Length: {10 * 2**30}\r\n\r\n"
    with connected(api) as connection:
        connection.sendall(head.encode() + b"timestamp,value\n")
        answer = read_all(connection)

    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b'"code":"too_large"' in answer
    assert b"\r\nConnection: close\r\n" in answer, "the client is told before it asks again"


def test_who_sent_too_much_may_ask_again(api: Platform) -> None:
    """On a connection of its pool: the one that was given up must not be taken for a good one."""
    with httpx.Client(base_url=api.url) as client:
        for _ in range(20):
            refused = client.post("/preview/", content=b"a" * (2**22 + 300_000))
            answer = client.post("/preview/", content=b"time,kwh\n2026-01-01,1\n")
            assert (refused.status_code, answer.status_code) == (413, 200)


def test_ten_gigabytes_in_chunks_are_refused_at_the_limit(api: Platform) -> None:
    head = f"POST {READINGS} HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/csv\r\nTransfer-Encoding: chunked\r\n\r\n"
    piece = b"2026-01-01T00:00:00Z,1\n" * 40_000
    chunk = f"{len(piece):x}\r\n".encode() + piece + b"\r\n"
    sent, most, grown = 0, 10 * 2**30, memory_mb(api)
    with connected(api) as connection:
        connection.sendall(head.encode() + b"10\r\ntimestamp,value\n\r\n")
        try:
            while sent < most:
                connection.sendall(chunk)
                sent += len(chunk)
        except OSError:
            pass  # cut off, as it should be
        grown = memory_mb(api) - grown

    assert sent < 3 * api.settings.max_upload_mb * 2**20
    assert grown < 100
    assert not list((api.folder / "uploads").glob("*")), "what came of it lies about"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        pytest.param(b"\n" * 2**22, "text/csv", id="blank-lines"),
        pytest.param(b"m value=1 1\n" * 2**18, "text/plain", id="one-line-again-and-again"),
        pytest.param(b"[" + b" " * 2**22, "application/json", id="spaces-in-json"),
        pytest.param(b"\x00" * 2**22, "text/csv", id="zeros"),
    ],
)
def test_a_gzip_bomb_does_not_go_off(api: Platform, body: bytes, kind: str) -> None:
    bomb = gzip.compress(body * 20, 9)
    assert len(bomb) < 2**21, "small enough to be read while the client waits"

    started = time.monotonic()
    answer = api.http.post(READINGS, content=bomb, headers={"Content-Type": kind})

    assert answer.status_code == 422, answer.text
    assert time.monotonic() - started < 30


def test_a_gzip_in_a_gzip_is_no_text(api: Platform) -> None:
    nested = b"timestamp,value\n2026-01-01,1\n"
    for _ in range(5):
        nested = gzip.compress(nested)
    answer = api.http.post(READINGS, content=nested, headers={"Content-Type": "text/csv"})

    assert answer.status_code == 422


def test_a_head_that_never_ends_is_cut_off(api: Platform) -> None:
    with connected(api) as slow:
        slow.sendall(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n")

        def cut() -> bool:
            try:
                slow.sendall(b"X-A: b\r\n")
            except OSError:
                return True
            time.sleep(0.2)
            return False

        until(cut, "the slow head is cut off", seconds=30)


def test_a_body_that_stops_coming_is_cut_off(api: Platform) -> None:
    head = "POST /trainmodel/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"
    with connected(api) as slow:
        slow.sendall(head.encode())
        answer = read_all(slow)

    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b'"code":"request_timeout"' in answer


@pytest.mark.parametrize(
    "path", [pytest.param("/trainmodel/", id="json"), pytest.param(READINGS, id="readings")]
)
def test_a_body_that_drips_is_cut_off(api: Platform, path: str) -> None:
    """Never silent for long, and yet no use: a byte now and then."""
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n"
    with connected(api) as slow:
        slow.sendall(head.encode())
        slow.settimeout(SILENCE / 10)

        def answered() -> bytes:
            slow.sendall(b" ")
            with suppress(TimeoutError):
                return slow.recv(4096)
            return b""

        answer = until(answered, "the drip is cut off", seconds=60)

    assert answer.startswith(b"HTTP/1.1 408 ")


def test_a_body_that_is_slow_but_steady_is_taken(api: Platform) -> None:
    """Longer than the silence allowed, but at a rate that some lines have."""
    rows = [{"time": f"2026-01-01T00:00:{n:02d}Z", "value": n} for n in range(60)]
    body = json.dumps(rows).encode()
    head = f"POST {READINGS} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    pieces = [body[n : n + len(body) // 10 + 1] for n in range(0, len(body), len(body) // 10 + 1)]
    with connected(api) as slow:
        slow.sendall(head.encode())
        for piece in pieces:
            time.sleep(SILENCE / 5)
            slow.sendall(piece)
        answer = slow.recv(4096)

    assert answer.startswith(b"HTTP/1.1 200 "), answer


HEAD = b"POST /trainmodel/ HTTP/1.1\r\nHost: localhost\r\nContent-Le"
BODY = b"POST /trainmodel/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"
BIG_ANSWERS = b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n" * 100


@pytest.mark.parametrize(
    ("count", "sent"),
    [
        pytest.param(500, HEAD, id="500-half-heads"),
        pytest.param(500, BODY, id="500-half-bodies"),
    ],
)
def test_many_slow_clients_keep_nobody_waiting(api: Platform, count: int, sent: bytes) -> None:
    slow = [connected(api) for _ in range(count)]
    try:
        for one in slow:
            one.sendall(sent)
        for _ in range(20):
            assert httpx.get(f"{api.url}/health/live", timeout=10).status_code == 200
        until(lambda: open_connections(api) < count / 10, "they are cut off", seconds=60)
    finally:
        for one in slow:
            one.close()


def open_connections(api: Platform) -> int:
    """Connections of clients that the server holds."""
    [worker] = psutil.Process(api.processes["api"].pid).children()
    return sum(
        one.status == psutil.CONN_ESTABLISHED and one.laddr.port == api.settings.api_port
        for one in worker.net_connections("tcp")
    )


def test_a_client_that_reads_nothing_is_cut_off(api: Platform) -> None:
    ask = b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with connected(api) as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.settimeout(30)

        def cut() -> bool:
            try:
                deaf.sendall(ask * 100)
            except OSError:
                return True
            return False

        until(cut, "the deaf client is cut off", seconds=60)


def test_a_client_that_reads_a_little_now_and_then_is_cut_off(api: Platform) -> None:
    with connected(api) as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.sendall(BIG_ANSWERS)

        def cut() -> bool:
            time.sleep(SILENCE / 10)
            try:
                return not slow.recv(64)
            except OSError:
                return True

        until(lambda: open_connections(api) == 0 or cut(), "it is cut off", seconds=60)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        pytest.param(b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"X-A: b\r\n" * 200 + b"\r\n", (400, 431), id="200-headers"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-A: " + b"b" * 100_000 + b"\r\n\r\n", (400, 431), id="a-header-of-100-kB"),
        pytest.param(b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", (400, 414), id="a-path-of-100-kB"),
        pytest.param(b"GET /jobs/?x=" + b"%00" * 1000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", (422,), id="nuls-in-the-query"),
        pytest.param(b"GARBAGE\r\n\r\n", (400,), id="no-http"),
        pytest.param(b"POST /trainmodel/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n", (400,), id="negative-length"),
        pytest.param(b"POST /trainmodel/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", (400,), id="two-lengths"),
        pytest.param(b"POST /trainmodel/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n", (400,), id="a-chunk-of-no-size"),
        pytest.param(b"GET /health/live HTTP/1.1\r\n\r\n", (200, 400), id="no-host"),
        pytest.param(b"GET /meters/ HTTP/1.1\r\nHost: \r\n\r\n", (200, 400), id="an-empty-host"),
        pytest.param(b"GET /meters/ HTTP/1.1\r\nHost: a b\"<x>\r\n\r\n", (400,), id="a-strange-host"),
        pytest.param(b"BREW /meters/ HTTP/1.1\r\nHost: localhost\r\n\r\n", (405,), id="unknown-method"),
        pytest.param(b"GET //..//..//etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n", (308, 404), id="up-the-path"),
        pytest.param(b"GET /static/..%2f..%2fconfig/settings.py HTTP/1.1\r\nHost: localhost\r\n\r\n", (404,), id="up-from-static"),
        pytest.param(b"GET /assets/..%2fpackage.json HTTP/1.1\r\nHost: localhost\r\n\r\n", (404,), id="up-from-assets"),
    ],
)  # fmt: skip
def test_nonsense_is_answered_as_such(api: Platform, sent: bytes, status: tuple[int, ...]) -> None:
    answer = answer_to(api, sent)

    assert int(answer.split(b" ", 2)[1]) in status, answer
    assert b"Traceback" not in answer


def test_tls_to_a_plain_port_is_ended(api: Platform) -> None:
    assert answer_to(api, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 100) == b""


def test_nothing_of_this_was_an_unexpected_error(api: Platform) -> None:
    assert "Traceback" not in api.output("api")
    note_inputs("10 GB as one upload, announced or in chunks", tried=2, result="413; memory flat")
    note_inputs("gzip bombs, a gzip in a gzip", tried=5, result="422 within seconds")
    note_inputs(
        "clients that send a head or a body slowly or never to its end, or read slowly or nothing",
        tried=1006, result="408 or cut off; nobody else waits; memory flat",
    )  # fmt: skip
    note_inputs(
        "requests that are no HTTP, or more than it", tried=16, result="400, 404, 405, 414, 431"
    )


def read_all(connection: socket.socket) -> bytes:
    """Everything until the server closes."""
    found = b""
    try:
        while piece := connection.recv(65536):
            found += piece
    except ConnectionResetError:
        pass  # it closes with bytes of ours unread
    return found
