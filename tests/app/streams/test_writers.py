"""Which writer a request gets, and what a writer does with a client that lags."""

import socket
import ssl
from contextlib import suppress

import gevent
import pytest

from app.streams.iterator_writer import IteratorWriter
from app.streams.socket_writer import SocketWriter, speaks_plain_http
from app.streams.writers import BufferFull

LARGE = 2_000_000
"""Bytes; more than the kernel takes for one connection."""


@pytest.fixture
def pair():
    ours, theirs = socket.socketpair()
    yield ours, theirs
    ours.close()
    theirs.close()


@pytest.mark.parametrize(
    ("protocol", "expected"),
    [
        pytest.param("HTTP/1.1", True, id="http-1.1"),
        pytest.param("HTTP/1.0", True, id="http-1.0"),
        pytest.param("HTTP/2.0", False, id="http-2-frames"),
        pytest.param(None, False, id="unknown"),
    ],
)
def test_protocols(pair, protocol, expected):
    assert speaks_plain_http({"gunicorn.socket": pair[0], "SERVER_PROTOCOL": protocol}) is expected


def test_tls_is_not_plain(pair):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    wrapped = context.wrap_socket(pair[0], server_side=True, do_handshake_on_connect=False)
    with wrapped:
        assert not speaks_plain_http({"gunicorn.socket": wrapped, "SERVER_PROTOCOL": "HTTP/1.1"})


def test_other_servers_are_not_written_to():
    assert not speaks_plain_http({"SERVER_PROTOCOL": "HTTP/1.1"})


def test_iterator_joins_what_waits_and_ends_after_it():
    writer = IteratorWriter(limit=100, patience=1)
    writer.write(b"a")
    writer.write(b"b")
    writer.finish()
    assert list(writer) == [b"ab"]


@pytest.fixture(params=[IteratorWriter, SocketWriter])
def lagging(request):
    """A writer to a client that reads nothing, behind a snapshot larger than all that may wait."""
    writer = request.param(limit=10, patience=1)
    writer.write(b"s" * LARGE)
    return writer


def test_a_writer_keeps_no_more_than_its_limit_beside_the_snapshot(lagging):
    for _ in range(11):
        lagging.write(b"x")
    with pytest.raises(BufferFull):
        lagging.write(b"x")


def test_a_snapshot_reaches_a_slow_client_whole(pair):
    """It counted as left unread, so that who read slowly was cut and began with it again."""
    ours, theirs = pair
    theirs.setblocking(False)
    writer = SocketWriter(limit=10, patience=1)
    writer.write(b"s" * LARGE)
    writer.write(b"+")
    writer.attach(ours, b"head:", chunked=False)
    received, added = b"", 1
    while len(received) < len(b"head:") + LARGE + added:
        with suppress(BlockingIOError):
            received += theirs.recv(LARGE // 20)
        if added < 10:
            writer.write(b"+")
            added += 1
        gevent.sleep(0.001)  # what the loop needs to see that there is room again
    assert received == b"head:" + b"s" * LARGE + b"+" * added
    writer.abort()


def test_after_the_snapshot_the_limit_is_what_it_was(pair):
    writer = SocketWriter(limit=10, patience=1)
    writer.write(b"s")
    writer.attach(pair[0], b"", chunked=False)
    writer.write(b"x" * LARGE)
    with pytest.raises(BufferFull):
        writer.write(b"x")
    writer.abort()


def test_cut_iterator_ends_at_once_and_cuts_the_connection(pair):
    ours, theirs = pair
    writer = IteratorWriter(limit=10, patience=1, sock=ours)
    writer.write(b"never read")
    writer.abort()
    assert list(writer) == []
    assert theirs.recv(1) == b""


def test_end_of_the_answer_is_told_to_the_hub():
    left = []
    writer = IteratorWriter(limit=10, patience=1)
    writer.on_gone = lambda: left.append(True)
    writer.close()
    assert left == [True]
