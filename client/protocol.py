"""What both clients share: requests as data, answers read, streams put together. No I/O."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from client.errors import ApiError, Unreachable

TERMINAL = frozenset({"succeeded", "failed", "cancelled"})

SILENCE = 40.0
"""Seconds without a byte after which a stream counts as cut: more than two heartbeats of 15 s."""
PATIENCE = 120.0
"""Seconds of failing reconnections after which a stream is given up."""
RECONNECT_AFTER = 1.0

TIMEOUT = httpx.Timeout(60.0, connect=5.0)
STREAM_TIMEOUT = httpx.Timeout(SILENCE, connect=5.0)

Body = dict[str, Any]


def headers_of(key: str) -> Mapping[str, str]:
    """The header that shows an API key; none where there is none to show."""
    return {"Authorization": f"Bearer {key}"} if key else {}


def answer_of(response: httpx.Response) -> Body:
    """The JSON of an answer.

    :raises ApiError: it is an error.
    """
    try:
        body: Body = response.json()
    except ValueError:
        body = {"message": f"HTTP {response.status_code} without JSON."}
    if response.is_error:
        raise ApiError(response.status_code, body)
    return body


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
        if line.startswith("id: "):
            self._next_id = line[4:]
        elif line.startswith("data: "):
            self.job |= json.loads(line[6:])
            self.last_id, self._lost_at = self._next_id, None
            return dict(self.job)
        return None

    def lost(self, error: httpx.TransportError) -> None:
        """A connection was lost, or could not be made.

        :raises Unreachable: none has been for PATIENCE seconds.
        """
        now = time.monotonic()
        self._lost_at = self._lost_at if self._lost_at is not None else now
        if now - self._lost_at > PATIENCE:
            raise Unreachable(f"The API does not answer: {error}.") from error
