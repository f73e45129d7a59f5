"""Every stream of this process: who follows what, and one delivery of each event to all of them.

A client joins in this order, so that it can neither miss an event nor get one twice: it is
entered in the hub (events for it now wait), Redis confirms the subscription, what it missed is
read from the log, and only then it goes live, with a cursor that lets nothing older pass.
"""

import logging
import random
import time
from collections.abc import Callable
from typing import TypedDict

import gevent
from gevent import monkey
from redis.exceptions import RedisError

from app.streams import wire
from app.streams.followers import BEATS, Client, Followers
from app.streams.grants import CHECK_SECONDS, NO_KEY_NEEDED, Grant, ended
from app.streams.shutdown import on_shutdown
from app.streams.subscription import Subscription
from app.streams.topics import Backlog, Topic, log_reader
from app.streams.wire import Event, EventId
from app.streams.writers import BufferFull, Listener
from config import Settings
from config.errors import QueueUnavailable, TooManyStreams, UnknownJob

log = logging.getLogger(__name__)

SENDS_PER_TURN = 256
"""Sends before other greenlets get a turn, about 2 ms: requests must not wait for a fan-out."""

JOIN_TRIES = 5
"""Times a client starts over because Redis was lost while it read what it had missed."""

SPREAD_MS = 3000
"""Window in which the clients of a process that stops come back, so that they don't all at once."""


class Stats(TypedDict):
    """Numbers for `/metrics`; the last three only grow."""

    streams: int
    channels: int
    delivered: int
    dropped: int
    reconnects: int


class Stopping(Exception):
    """This process takes no more streams; control flow, not a fault."""


class Hub:
    """The streams of one process and the one subscription that feeds them."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.redis = log_reader(settings)
        self._subscription = Subscription(
            settings, on_message=self._on_message, on_gap=self._fill_gap
        )
        self._followers = Followers()
        self._delivered = self._dropped = self._sends = 0
        # For whoever keeps figures (`app.metrics`): the age in seconds of each event that comes
        # in, and the statistics, a few times a second.
        self.on_event: Callable[[float], None] = lambda seconds: None
        self.on_beat: Callable[[Stats], None] = lambda stats: None
        # For whoever knows the keys (`app.security`): whether the one with a digest is still good.
        self.key_holds: Callable[[str], bool] = lambda digest: True
        self._running = self._stopping = False

    def join(
        self,
        topic: Topic,
        last: EventId | None,
        writer: Listener,
        *,
        grant: Grant = NO_KEY_NEEDED,
    ) -> bool:
        """Start a stream of `topic` through `writer`.

        :param last: the newest event the client has; None for a snapshot first.
        :param grant: the API key that asks, where keys are needed.
        :returns: False where the client has everything and nothing will follow.
        :raises UnknownJob: nothing to follow.
        :raises TooManyStreams: the process holds as many as it may.
        :raises QueueUnavailable: Redis did not answer in time.
        :raises Stopping: the process is about to end.
        """
        if self._stopping:
            raise Stopping
        if topic.channel not in self._followers:
            # Ended and unknown jobs are answered without a subscription.
            backlog = self._read(topic, last)
            if backlog.ended:
                return _tell_all(writer, backlog)
        self._start()
        client = self._enter(topic, writer, grant)
        try:
            backlog = self._read_subscribed(client, last)
        except BaseException:
            self.leave(client)
            raise
        if backlog.ended:
            self.leave(client)
            return _tell_all(writer, backlog)
        self._go_live(client, backlog)
        return True

    def leave(self, client: Client) -> None:
        """Forget a client; its last one takes the channel's subscription along."""
        if not client.closed and self._followers.leave(client):
            self._subscription.remove(client.topic.channel)

    def stop(self) -> None:
        """End every stream and tell its client when to come back; takes no new ones."""
        self._stopping = True
        for client in self._followers:
            self._write(client, wire.retry(random.randint(wire.RETRY_MS // 2, SPREAD_MS)))
            self._finish(client)

    def stats(self) -> Stats:
        return {
            "streams": self._followers.count,
            "channels": self._followers.channels,
            "delivered": self._delivered,
            "dropped": self._dropped,
            "reconnects": self._subscription.reconnects,
        }

    def _start(self) -> None:
        # On the first stream, not before: greenlets and connections don't survive a fork.
        if not self._running:
            if not monkey.is_module_patched("socket"):
                raise RuntimeError("live streams need gunicorn's gevent worker")
            self._running = True
            on_shutdown(self.stop)
            self._subscription.start()
            gevent.spawn(self._keep_alive)
            gevent.spawn(self._look_at_keys)

    def _enter(self, topic: Topic, writer: Listener, grant: Grant) -> Client:
        if self._followers.count >= self.settings.stream_max_clients:
            raise TooManyStreams("This server is full.", streams=self._followers.count)
        held = self._followers.owned(grant.name)
        if grant.name and held >= self.settings.streams_per_key:
            raise TooManyStreams("This key holds as many streams as it may.", streams=held)
        client = Client(topic, writer, grant)
        writer.on_gone = lambda: self.leave(client)
        if self._followers.enter(client):
            self._subscription.add(topic.channel)
        return client

    def _read(self, topic: Topic, last: EventId | None) -> Backlog:
        try:
            return topic.backlog(self.redis, last)
        except RedisError as error:
            raise QueueUnavailable("The event log does not answer.") from error

    def _read_subscribed(self, client: Client, last: EventId | None) -> Backlog:
        """What is in the log, read while the subscription held from before to after."""
        for _ in range(JOIN_TRIES):
            generation = self._subscription.wait(client.topic.channel)
            if client.closed:
                raise Stopping
            backlog = self._read(client.topic, last)
            if client.closed:
                raise Stopping
            if generation == self._subscription.generation:
                return backlog
        raise QueueUnavailable("The event log was lost while it was read.", tries=JOIN_TRIES)

    def _go_live(self, client: Client, backlog: Backlog) -> None:
        waiting, client.pending = client.pending or [], None
        client.cursor = backlog.cursor
        self._write(client, wire.PREAMBLE + backlog.frames)
        for event in waiting:
            self._deliver(client, event)

    def _on_message(self, channel: str, payload: bytes) -> None:
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
            self._take_turns()

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
        self._write(client, event.frame)
        self._delivered += 1
        if client.topic.ends(event):
            self._finish(client)

    def _fill_gap(self) -> None:
        """Give every live client what was published while Redis was away."""
        read: dict[tuple[Topic, EventId], Backlog | None] = {}
        for client in self._followers:
            if not client.live:
                continue
            missed = client.topic, client.cursor
            if missed not in read:
                read[missed] = self._read_again(*missed)
            backlog = read[missed]
            if client.closed:
                continue
            if backlog is None:
                # Redis came back without the job; asking again will tell the client so.
                self._finish(client)
                continue
            client.cursor = backlog.cursor
            if backlog.frames:
                self._write(client, backlog.frames)
            if backlog.ended:
                self._finish(client)
            self._take_turns()

    def _read_again(self, topic: Topic, cursor: EventId) -> Backlog | None:
        try:
            return topic.backlog(self.redis, cursor)
        except UnknownJob:
            return None

    def _finish(self, client: Client) -> None:
        self.leave(client)
        client.writer.finish()

    def _write(self, client: Client, frame: bytes) -> None:
        try:
            client.writer.write(frame)
        except BufferFull:
            self._dropped += 1
            self.leave(client)
            client.writer.abort()

    def _take_turns(self) -> None:
        self._sends += 1
        if self._sends % SENDS_PER_TURN == 0:
            gevent.sleep(0)

    def _keep_alive(self) -> None:
        due = time.monotonic()
        while not self._stopping:
            for clients in self._followers.beats():
                self.on_beat(self.stats())
                for client in clients:
                    if client.live:
                        self._write(client, wire.HEARTBEAT)
                due += self.settings.stream_heartbeat / BEATS
                gevent.sleep(max(0.0, due - time.monotonic()))

    def _look_at_keys(self) -> None:
        while not self._stopping:
            gevent.sleep(CHECK_SECONDS)
            held = {client.grant for client in self._followers}
            over = ended(held, self.key_holds, now=time.time())
            for client in self._followers if over else ():
                if client.grant in over and not client.closed:
                    self._finish(client)


def _tell_all(writer: Listener, backlog: Backlog) -> bool:
    """Send a whole stream that has ended; False where there is nothing left to send."""
    if not backlog.frames:
        return False
    writer.write(wire.PREAMBLE + backlog.frames)
    writer.finish()
    return True
