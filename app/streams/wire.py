"""The bytes of a text/event-stream: event ids, frames, headers."""

import json
import re
from dataclasses import dataclass
from typing import Final

EventId = tuple[int, int]
"""A Redis Stream id, `<milliseconds>-<sequence>`, in a form that compares as Redis orders it."""

START: Final[EventId] = (0, 0)
"""Before every event; as a last id it asks for all that is kept."""

RETRY_MS = 2000
"""How long a browser waits before it reconnects; short, because resuming costs one read."""

HEARTBEAT = b":\n\n"
"""An empty comment: tells proxies that the stream lives, finds out whether the client does."""

HEADERS = {
    # no-transform: a proxy that compresses holds events back until its block is full.
    "Cache-Control": "no-cache, no-transform",
    "X-Accel-Buffering": "no",
}
MIMETYPE = "text/event-stream"

_ID = re.compile(r"([0-9]{1,20})(?:-([0-9]{1,20}))?")
_ID_LIMIT = 2**64


@dataclass(frozen=True, slots=True)
class Event:
    """One change of a job, encoded once for every client that will get it."""

    id: EventId
    frame: bytes
    status: str
    task_id: str | None
    """Only events of the stream of all jobs name their job."""
    batch_id: str | None


def parse_event(raw_id: bytes, data: bytes) -> Event:
    """An event from its stream id and its JSON text.

    :raises ValueError: the id or the text is not what `workers.jobs.journal` writes.
    """
    fields = json.loads(data)
    if not isinstance(fields, dict):
        raise ValueError("an event is a JSON object")
    return Event(
        id=parse_id(raw_id.decode()),
        frame=frame(data, event_id=raw_id),
        status=fields.get("status", ""),
        task_id=fields.get("task_id"),
        batch_id=fields.get("batch_id"),
    )


def parse_id(text: str) -> EventId:
    """
    :raises ValueError: not a stream id.
    """
    match = _ID.fullmatch(text)
    if match is None:
        raise ValueError(f"not an event id: {text!r}")
    event_id = int(match[1]), int(match[2] or 0)
    if max(event_id) >= _ID_LIMIT:
        raise ValueError(f"event id out of range: {text!r}")
    return event_id


def parse_last_id(text: str | None) -> EventId | None:
    """The last id a client names; a malformed one counts as none, so that it gets a snapshot."""
    if not text:
        return None
    try:
        return parse_id(text)
    except ValueError:
        return None


def format_id(event_id: EventId) -> str:
    return f"{event_id[0]}-{event_id[1]}"


def frame(data: bytes, *, event_id: bytes | None = None) -> bytes:
    """One message; without an id it leaves the client's last id as it is."""
    head = b"id: %b\n" % event_id if event_id else b""
    lines = b"\ndata: ".join(data.splitlines())
    return b"%bdata: %b\n\n" % (head, lines)


def position(event_id: EventId) -> bytes:
    """Moves the client's last id without a message (a block with no data dispatches nothing)."""
    return b"id: %b\n\n" % format_id(event_id).encode()


def retry(milliseconds: int) -> bytes:
    return b"retry: %d\n\n" % milliseconds


PREAMBLE = retry(RETRY_MS)
