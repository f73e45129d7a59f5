"""What both clients share: requests as data, answers read, streams put together. No I/O."""

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import httpx

from client.errors import ApiError, Unreachable
from client.event_stream import Block, Parser

TERMINAL = frozenset({"succeeded", "failed", "cancelled"})

PASSING = frozenset(
    {
        httpx.codes.TOO_MANY_REQUESTS,
        httpx.codes.BAD_GATEWAY,
        httpx.codes.SERVICE_UNAVAILABLE,
        httpx.codes.GATEWAY_TIMEOUT,
    }
)
"""Errors that pass by themselves: what a proxy says while the API behind it restarts, too."""

SILENCE = 40.0
"""Seconds without a byte after which a stream counts as cut: more than two heartbeats of 15 s."""
PATIENCE = 120.0
"""Seconds of failing reconnections after which a stream is given up."""
RECONNECT_AFTER = 1.0
"""Seconds between two connections, unless the server asks for more (`retry:`, `Retry-After`)."""

TIMEOUT = httpx.Timeout(60.0, connect=5.0)
STREAM_TIMEOUT = httpx.Timeout(SILENCE, connect=5.0)

Body = dict[str, Any]


def headers_of(key: str) -> Mapping[str, str]:
    """The header that shows an API key; none where there is none to show."""
    return {"Authorization": f"Bearer {key}"} if key else {}


def answer_of(response: httpx.Response) -> Body:
    """The JSON of an answer; an empty object where it has no content.

    :raises ApiError: it is an error, or not the API's.
    """
    if response.status_code == httpx.codes.NO_CONTENT:
        return {}
    if response.is_error:
        raise error_of(response)
    try:
        return cast(Body, response.json())
    except ValueError:
        raise error_of(response) from None


def error_of(response: httpx.Response) -> ApiError:
    """What an answer is that is not the one asked for. Its body must have been read."""
    try:
        body = response.json()
    except ValueError:
        body = None
    if not (isinstance(body, dict) and "code" in body):
        body = {
            "code": "unexpected_answer",
            "message": f"HTTP {response.status_code} from {response.url}, and not by the API.",
            "hint": "Is the address right, and does a proxy in between reach the API?",
        }
    return ApiError(response.status_code, body, retry_after=_retry_after(response))


def has_events(response: httpx.Response) -> bool:
    """Whether the answer is a stream; one without content is, of a job that has ended."""
    kind = str(response.headers.get("Content-Type", ""))
    ended = response.status_code == httpx.codes.NO_CONTENT
    return ended or (response.is_success and kind.startswith("text/event-stream"))


def _retry_after(response: httpx.Response) -> float:
    """The seconds that an answer asks to wait; 0 for none, or where it names a date."""
    text = response.headers.get("Retry-After", "")
    return float(text) if text.isdecimal() else 0.0


def given(**fields: Any) -> Body:
    """The fields of a request that were given."""
    return {name: value for name, value in fields.items() if value is not None}


@dataclass
class Story:
    """A job's stream, put together from as many connections as it takes.

    Events are small: each holds what changed, and merging them gives the job object. The id of
    the newest is sent with every reconnection, so that the server goes on from there.
    """

    job: Body = field(default_factory=dict)
    last_id: str = ""
    pause: float = RECONNECT_AFTER
    """Seconds to wait before the next connection."""
    _told: float = RECONNECT_AFTER
    """The pause that the stream itself asked for last."""
    _lost_at: float | None = None
    _parser: Parser = field(default_factory=Parser)

    @property
    def ended(self) -> bool:
        return self.job.get("status") in TERMINAL

    @property
    def headers(self) -> Mapping[str, str]:
        return {"Last-Event-ID": self.last_id} if self.last_id else {}

    def begin(self) -> None:
        """A new connection: what the one before left unfinished is forgotten."""
        self._parser = Parser()

    def read(self, piece: bytes) -> Iterator[Body]:
        """The job object after each event that `piece` completes."""
        for block in self._parser.feed(piece):
            state = self._take(block)
            if state is not None:
                yield state

    def _take(self, block: Block) -> Body | None:
        if block.retry is not None:
            self._told = min(max(block.retry, RECONNECT_AFTER), PATIENCE)
        if block.data is not None or block.comment:
            # A server that cannot read its log says `retry:` alone: nothing to go by.
            self._lost_at = None
        if block.id is not None:
            self.last_id = block.id
        if block.data is None:
            return None
        self.job |= json.loads(block.data)
        return dict(self.job)

    def lost(self, error: httpx.TransportError | ApiError | None = None) -> None:
        """A connection ended, was cut or could not be made; says in `pause` when to try again.

        :param error: what went wrong; None where the stream just ended, and the job has not.
        :raises ApiError: the answer was an error that stays, or for PATIENCE seconds has stayed.
        :raises Unreachable: there has been no answer for PATIENCE seconds, or nothing in it.
        """
        now = time.monotonic()
        self._lost_at = self._lost_at if self._lost_at is not None else now
        left = self._lost_at + PATIENCE - now
        if isinstance(error, ApiError):
            if error.status not in PASSING or left < 0:
                raise error
            self.pause = max(self._told, min(error.retry_after, left))
            return
        if left < 0:
            what = "does not answer" if error else "answers, but its stream stays empty"
            raise Unreachable(f"The API {what}{f': {error}' if error else ''}.") from error
        self.pause = self._told
