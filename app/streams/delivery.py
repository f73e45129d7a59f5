"""Each event to those who follow it: encoded once, and to no client twice."""

import logging
import time
from collections.abc import Callable

import gevent

from app.streams import wire
from app.streams.followers import Client, Followers
from app.streams.topics import Backlog
from app.streams.wire import Event
from app.streams.writers import BufferFull

log = logging.getLogger(__name__)

SENDS_PER_TURN = 256
"""Sends before other greenlets get a turn, about 2 ms: requests must not wait for a fan-out."""


class Delivery:
    """Writes to clients, and lets go of those that have ended or cannot keep up.

    :param leave: forgets a client.
    """

    def __init__(self, followers: Followers, *, leave: Callable[[Client], None]) -> None:
        self._followers = followers
        self._leave = leave
        self._sends = 0
        self.delivered = self.dropped = 0
        # For whoever keeps figures: the age in seconds of each event that comes in.
        self.on_event: Callable[[float], None] = lambda seconds: None

    def spread(self, channel: str, payload: bytes) -> None:
        """Give a message of a channel (`<event id> <event>`) to all who follow it."""
        followers = self._followers.of(channel)
        if not followers:
            return
        raw_id, _, data = payload.partition(b" ")
        try:
            event = wire.parse_event(raw_id, data)
        except ValueError as error:
            log.error("not an event on channel %s: %s", channel, error)
            return
        self.on_event(max(time.time() - event.id[0] / 1000, 0.0))
        for client in followers:
            self._deliver(client, event)
            self.take_turns()

    def go_live(self, client: Client, backlog: Backlog) -> None:
        """Send what a client missed, then what came for it while that was read."""
        waiting, client.pending = client.pending or [], None
        client.cursor = backlog.cursor
        self.write(client, wire.PREAMBLE + backlog.frames)
        for event in waiting:
            self._deliver(client, event)

    def catch_up(self, client: Client, backlog: Backlog) -> None:
        """Send a live client what it missed."""
        client.cursor = backlog.cursor
        if backlog.frames:
            self.write(client, backlog.frames)
        if backlog.ended:
            self.finish(client)

    def write(self, client: Client, frame: bytes) -> None:
        """Send a client some bytes; one that has left too much unread is cut, and comes back."""
        try:
            client.writer.write(frame)
        except BufferFull:
            self.dropped += 1
            self._leave(client)
            client.writer.abort()

    def finish(self, client: Client) -> None:
        """End a client's stream once it has all that was written."""
        self._leave(client)
        client.writer.finish()

    def take_turns(self) -> None:
        """Let other greenlets run now and then; called after each send of a fan-out."""
        self._sends += 1
        if self._sends % SENDS_PER_TURN == 0:
            gevent.sleep(0)

    def _deliver(self, client: Client, event: Event) -> None:
        if client.closed:
            return
        if client.pending is not None:
            client.pending.append(event)
            return
        if event.id <= client.cursor:
            return
        client.cursor = event.id
        if not client.topic.wants(event):
            return
        self.write(client, event.frame)
        self.delivered += 1
        if client.topic.ends(event):
            self.finish(client)
