"""The Python client on streams that are odd, cut or empty."""

from types import SimpleNamespace

import pytest

from client import Unreachable
from client.event_stream import Block, Parser
from client.protocol import RECONNECT_AFTER, Story
from tests.client.scripted import ENDED, EVENTS, STARTED, Scripted, watched

both = pytest.mark.parametrize("how", ["sync", "async"])
RETRY_ALONE = (200, EVENTS, b"retry: 1000\n\n")


@pytest.mark.parametrize(
    ("stream", "blocks"),
    [
        pytest.param(b"id: 1-0\ndata: a\n\n", [Block(id="1-0", data="a")], id="event"),
        pytest.param(b"data: a\r\ndata: b\r\n\r\n", [Block(data="a\nb")], id="crlf"),
        pytest.param(b"data:a\n\n", [Block(data="a")], id="no-blank-after-the-colon"),
        pytest.param(b"data:  a\n\n", [Block(data=" a")], id="one-blank-is-the-formats"),
        pytest.param(b"data\n\n", [Block(data="")], id="data-of-nothing"),
        pytest.param(b":\n\n", [Block(comment=True)], id="heartbeat"),
        pytest.param(b"retry: 2500\n\n", [Block(retry=2.5)], id="retry"),
        pytest.param(b"retry: soon\n\n", [Block()], id="a-retry-that-is-none"),
        pytest.param(b"id: 7-0\n\n", [Block(id="7-0")], id="position-without-an-event"),
        pytest.param("data: \u2028\x85\u2029\n\n".encode(), [Block(data="\u2028\x85\u2029")],
                     id="ends-of-lines-that-are-none-here"),
        pytest.param(b"\n\ndata: a\n\n\n", [Block(data="a")], id="empty-lines"),
        pytest.param(b"data: a\n", [], id="cut-before-its-empty-line"),
        pytest.param(b"data: a\n\ndata: b", [Block(data="a")], id="cut-in-a-line"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("size", [1, 3, 1000], ids="pieces-of-{}".format)
def test_a_stream_is_read_whatever_its_pieces(
    stream: bytes, blocks: list[Block], size: int
) -> None:
    parser = Parser()
    pieces = [stream[start : start + size] for start in range(0, len(stream), size)]
    assert [block for piece in pieces for block in parser.feed(piece)] == blocks


@both
@pytest.mark.parametrize("character", ["\u2028", "\u2029", "\x85"], ids=ascii)
def test_a_text_may_hold_any_character(server: Scripted, how: str, character: str) -> None:
    event = f'id: 2-0\ndata: {{"status": "failed", "message": "a{character}b"}}\n\n'
    server.answers = [(200, EVENTS, event.encode())]
    assert watched(server.url, how=how)["message"] == f"a{character}b"


@both
@pytest.mark.parametrize("is_clean", [True, False], ids=["closed", "broken-off"])
def test_a_cut_within_an_event_is_a_lost_connection(
    server: Scripted, how: str, is_clean: bool
) -> None:
    body = STARTED[2] + ENDED[2][:25]
    headers = EVENTS if is_clean else {**EVENTS, "Content-Length": str(len(body) + 40)}
    server.answers = [(200, headers, body), ENDED]
    assert watched(server.url, how=how) == {"status": "succeeded", "progress": 100}
    assert server.resumed == [None, "1-0"]


@both
def test_a_stream_that_stays_empty_is_given_up(
    server: Scripted, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setattr("client.protocol.PATIENCE", 0.5)
    server.answers = [RETRY_ALONE]
    with pytest.raises(Unreachable, match="stays empty"):
        watched(server.url, how=how)


def test_the_pause_is_what_the_stream_asks_for(server: Scripted) -> None:
    server.answers = [(200, EVENTS, b"retry: 2500\n\n"), ENDED]
    watched(server.url, how="sync")
    first, second = server.asked
    assert second - first >= 2.5


@pytest.mark.parametrize(
    ("sign", "is_alive"),
    [
        pytest.param(b"data: {}\n\n", True, id="event"),
        pytest.param(b":\n\n", True, id="heartbeat"),
        pytest.param(b"retry: 1000\n\n", False, id="retry-alone"),
    ],
)
def test_only_a_sign_of_life_gives_new_patience(
    monkeypatch: pytest.MonkeyPatch, sign: bytes, is_alive: bool
) -> None:
    clock = iter([0.0, 300.0])
    monkeypatch.setattr("client.protocol.time", SimpleNamespace(monotonic=lambda: next(clock)))
    story = Story()
    story.lost()
    list(story.read(sign))
    if is_alive:
        story.lost()
    else:
        with pytest.raises(Unreachable):
            story.lost()


def test_no_server_is_asked_without_a_pause() -> None:
    story = Story()
    list(story.read(b"retry: 0\n\n"))
    story.lost()
    assert story.pause == RECONNECT_AFTER
