"""Celery's Redis transport, with one client for all messages of a process.

kombu makes a Redis client for each message it publishes. Making one fills a table of 170 reply
parsers, which takes longer than sending the message does.
"""

from typing import Any

from kombu.transport import redis
from redis import Redis
from redis.exceptions import OutOfMemoryError

from config.redis_pools import PromptConnection


class OneClient(redis.Channel):
    """Publishes through one client as long as its connection pool lives."""

    _publisher: "Redis | None" = None

    def _create_client(self, asynchronous: bool = False) -> Any:
        if asynchronous:
            return super()._create_client(asynchronous=True)  # type: ignore[misc]
        # kombu drops the pool after a fork or an error; the client must go with it.
        if self._publisher is None or self._publisher.connection_pool is not self.pool:
            self._publisher = super()._create_client()  # type: ignore[misc]
        return self._publisher


class PlainChannel(OneClient):
    """To the one server that the address names."""

    connection_class = PromptConnection


class Transport(redis.Transport):
    Channel = PlainChannel
    # kombu takes a Redis that is full for a fault of its own and ends the worker; it passes.
    connection_errors = (*redis.Transport.connection_errors, OutOfMemoryError)


class SentinelTransport(redis.SentinelTransport):
    connection_errors = (*redis.SentinelTransport.connection_errors, OutOfMemoryError)

    class Channel(OneClient, redis.SentinelChannel):
        """The same, to the master behind sentinels."""
