"""Every stream of this process: who joins, who leaves, and what is done for all of them in turn.

A client joins in this order, so that it can neither miss an event nor get one twice: it is
entered in the hub (events for it now wait), Redis confirms the subscription, what it missed is
read from the log, and only then it goes live, with a cursor that lets nothing older pass.
"""

import random
import time
from collections.abc import Callable
from functools import partial
from typing import TypedDict

import gevent
from gevent import monkey

from app.streams import catching_up, wire
from app.streams.delivery import Delivery
from app.streams.followers import BEATS, Client, Followers
from app.streams.grants import CHECK_SECONDS, NO_KEY_NEEDED, Grant, ended
from app.streams.shutdown import Stopping, on_shutdown
from app.streams.subscription import Subscription
from app.streams.topics import Topic, log_reader
from app.streams.wire import EventId
from app.streams.writers import Listener
from config import Settings
from config.errors import TooManyStreams

SPREAD_MS = 3000
"""Window in which the clients of a process that stops come back, so that they don't all at once."""


class Stats(TypedDict):
    """Numbers for `/metrics`; the last three only grow."""

    streams: int
    channels: int
    delivered: int
    dropped: int
    reconnects: int


class Hub:
    """The streams of one process and the one subscription that feeds them."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.redis = log_reader(settings)
        self._followers = Followers()
        self.delivery = Delivery(self._followers, leave=self.leave)
        self._subscription = Subscription(
            settings,
            on_message=self.delivery.spread,
            on_gap=partial(catching_up.fill_gap, self.redis, self._followers, self.delivery),
        )
        # For whoever keeps figures (`app.operations.metrics`): the statistics, a few times a
        # second.
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
            backlog = catching_up.read(self.redis, topic, last)
            if backlog.ended:
                return catching_up.tell_all(writer, backlog)
        self._start()
        client = self._enter(topic, writer, grant)
        try:
            backlog = catching_up.read_subscribed(self.redis, self._subscription, client, last)
        except BaseException:
            self.leave(client)
            raise
        if backlog.ended:
            self.leave(client)
            return catching_up.tell_all(writer, backlog)
        self.delivery.go_live(client, backlog)
        return True

    def leave(self, client: Client) -> None:
        """Forget a client; its last one takes the channel's subscription along."""
        if not client.closed and self._followers.leave(client):
            self._subscription.remove(client.topic.channel)

    def stop(self) -> None:
        """End every stream and tell its client when to come back; takes no new ones."""
        self._stopping = True
        for client in self._followers:
            self.delivery.write(client, wire.retry(random.randint(wire.RETRY_MS // 2, SPREAD_MS)))
            self.delivery.finish(client)

    def stats(self) -> Stats:
        return {
            "streams": self._followers.count,
            "channels": self._followers.channels,
            "delivered": self.delivery.delivered,
            "dropped": self.delivery.dropped,
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

    def _keep_alive(self) -> None:
        due = time.monotonic()
        while not self._stopping:
            for clients in self._followers.beats():
                self.on_beat(self.stats())
                for client in clients:
                    if client.live:
                        self.delivery.write(client, wire.HEARTBEAT)
                due += self.settings.stream_heartbeat / BEATS
                gevent.sleep(max(0.0, due - time.monotonic()))

    def _look_at_keys(self) -> None:
        while not self._stopping:
            gevent.sleep(CHECK_SECONDS)
            held = {client.grant for client in self._followers}
            over = ended(held, self.key_holds, now=time.time())
            for client in self._followers if over else ():
                if client.grant in over and not client.closed:
                    self.delivery.finish(client)
