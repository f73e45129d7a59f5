"""What both clients share: requests as data, answers read, streams put together. No I/O."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import httpx

from client.errors import ApiError, Unreachable

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
"""Seconds between two connections, unless an answer asks for more (`Retry-After`)."""

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
    _lost_at: float | None = None
    _next_id: str = ""

    @property
    def ended(self) -> bool:
        return self.job.get("status") in TERMINAL

    @property
    def headers(self) -> Mapping[str, str]:
        return {"Last-Event-ID": self.last_id} if self.last_id else {}

    def read(self, line: str) -> Body | None:
        """The job object after `line`, where that completes an event."""
        self._lost_at, self.pause = None, RECONNECT_AFTER
        if line.startswith("id: "):
            self._next_id = line[4:]
        elif line.startswith("data: "):
            self.job |= json.loads(line[6:])
            self.last_id = self._next_id
            return dict(self.job)
        return None

    def lost(self, error: httpx.TransportError | ApiError) -> None:
        """A connection was lost, or could not be made; says in `pause` when to try again.

        :raises ApiError: the answer was an error that stays, or for PATIENCE seconds has stayed.
        :raises Unreachable: there has been no answer for PATIENCE seconds.
        """
        now = time.monotonic()
        self._lost_at = self._lost_at if self._lost_at is not None else now
        left = self._lost_at + PATIENCE - now
        if not isinstance(error, ApiError):
            if left < 0:
                raise Unreachable(f"The API does not answer: {error}.") from error
            self.pause = RECONNECT_AFTER
        elif error.status in PASSING and left >= 0:
            self.pause = max(RECONNECT_AFTER, min(error.retry_after, left))
        else:
            raise error
