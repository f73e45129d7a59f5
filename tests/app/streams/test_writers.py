"""Which writer a request gets, and what a writer does with a client that lags."""

import socket
import ssl

import pytest

from app.streams.iterator_writer import IteratorWriter
from app.streams.socket_writer import speaks_plain_http
from app.streams.writers import BufferFull


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


def test_iterator_keeps_no_more_than_its_limit():
    writer = IteratorWriter(limit=10, patience=1)
    writer.write(b"one frame may be larger than all that may wait")
    with pytest.raises(BufferFull):
        writer.write(b"x")


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
