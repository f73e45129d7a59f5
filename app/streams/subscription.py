"""The one Redis subscription of a process.

redis-py's `PubSub` mixes reading and writing in one state machine that greenlets must not share,
and reconnects without saying so. Here one greenlet reads a plain connection, one writes it, and a
lost connection is an event of its own: the hub has to fill the gap from the log before it listens
again.
"""

import logging
import random
from collections import Counter
from collections.abc import Callable
from typing import Any

import gevent
from gevent.event import Event as Flag
from gevent.queue import Queue
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.retry import Retry

from config.errors import QueueUnavailable
from config.redis_pools import RedisSettings, open_pool

log = logging.getLogger(__name__)

SILENCE = 10.0
"""Seconds without a word from Redis before it is pinged; as long again, and it counts as gone."""

FIRST_PAUSE, LONGEST_PAUSE = 0.05, 2.0
"""Seconds between attempts to reconnect, doubling."""

READY_TIMEOUT = 5.0
"""Longest wait of a new client for its channel."""


class Subscription:
    """Listens on the channels that were added, through every loss of the connection.

    :param on_message: called with channel and payload, from the reading greenlet.
    :param on_gap: called there after each reconnect, before the next message is read; messages
        were missed. A `RedisError` from it counts as a lost connection.
    """

    def __init__(
        self,
        settings: RedisSettings,
        *,
        on_message: Callable[[str, bytes], None],
        on_gap: Callable[[], None],
    ) -> None:
        self._pool = open_pool(
            settings,
            protocol=2,
            socket_timeout=SILENCE,
            socket_connect_timeout=3,
            socket_keepalive=True,
            health_check_interval=0,
            retry=Retry(NoBackoff(), 0),
        )
        self._on_message, self._on_gap = on_message, on_gap
        self._ready: dict[str, Flag] = {}
        self._unacknowledged: Counter[str] = Counter()
        self._commands: Queue[tuple[str, ...]] | None = None
        self._greenlet: gevent.Greenlet[[], None] | None = None
        self.generation = 0
        """Changes whenever the connection is lost: what was read before may have a gap."""
        self.reconnects = 0

    def start(self) -> None:
        if self._greenlet is None:
            self._greenlet = gevent.spawn(self._run)

    def add(self, channel: str) -> None:
        self._ready[channel] = Flag()
        self._send("SUBSCRIBE", channel)

    def remove(self, channel: str) -> None:
        self._ready.pop(channel).set()
        self._send("UNSUBSCRIBE", channel)

    def wait(self, channel: str) -> int:
        """Block until Redis has confirmed `channel`; the generation in which it did.

        :raises QueueUnavailable: it does not.
        """
        if not self._ready[channel].wait(READY_TIMEOUT):
            raise QueueUnavailable("The event log does not answer.", waited_seconds=READY_TIMEOUT)
        return self.generation

    def _send(self, *command: str) -> None:
        if self._commands is None:  # connecting subscribes to all channels
            return
        if command[0] == "SUBSCRIBE":
            self._unacknowledged.update(command[1:])
        self._commands.put_nowait(command)

    def _run(self) -> None:
        pause = FIRST_PAUSE
        while True:
            connection = self._pool.make_connection()
            writer: gevent.Greenlet[..., None] | None = None
            try:
                connection.connect()
                self._commands = Queue()
                writer = gevent.spawn(self._write, connection, self._commands)
                self._resume(connection)
                pause = FIRST_PAUSE
                while True:
                    self._handle(self._read(connection))
            except (RedisError, OSError) as error:
                log.warning("lost the event subscription, reconnecting: %s", error)
            except Exception:  # a fault of ours must not silence every stream of the process
                log.exception("event subscription failed, starting it again")
            finally:
                self._drop()
                if writer is not None:
                    writer.kill()
                connection.disconnect()
            self.reconnects += 1
            gevent.sleep(pause * random.uniform(0.5, 1))
            pause = min(2 * pause, LONGEST_PAUSE)

    def _resume(self, connection: Any) -> None:
        """Subscribe to every channel, then let the hub fill the gap.

        A message that comes before the last confirmation is dropped: it is in the log that the
        hub reads, and delivering it first would hide the gap before it.
        """
        if self._ready:
            self._send("SUBSCRIBE", *self._ready)
        while self._unacknowledged:
            reply = self._read(connection)
            if reply[0] == b"subscribe":
                self._acknowledge(reply[1].decode())
        if self.reconnects:
            self._on_gap()

    def _read(self, connection: Any) -> list[Any]:
        try:
            reply = connection.read_response(disconnect_on_error=False)
        except RedisTimeoutError:
            self._send("PING")
            reply = connection.read_response(disconnect_on_error=False)
        # Outside subscriptions a ping is answered by a bare string.
        return reply if isinstance(reply, list) else [reply]

    def _handle(self, reply: list[Any]) -> None:
        if reply[0] == b"message":
            self._on_message(reply[1].decode(), reply[2])
        elif reply[0] == b"subscribe":
            self._acknowledge(reply[1].decode())

    def _acknowledge(self, channel: str) -> None:
        # A channel that was left and joined again at once waits for its last confirmation:
        # between the first and the last one Redis has it unsubscribed.
        self._unacknowledged[channel] -= 1
        if self._unacknowledged[channel] == 0:
            del self._unacknowledged[channel]
            if channel in self._ready:
                self._ready[channel].set()

    def _drop(self) -> None:
        self.generation += 1
        self._commands = None
        self._unacknowledged.clear()
        for flag in self._ready.values():
            flag.clear()

    @staticmethod
    def _write(connection: Any, commands: "Queue[tuple[str, ...]]") -> None:
        while True:
            command = commands.get()
            try:
                connection.send_command(*command, check_health=False)
            except (RedisConnectionError, RedisTimeoutError):
                return  # the reader sees the closed connection too, and handles it
