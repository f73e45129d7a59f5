"""Connections to the Redis that the settings name: one server, or the master behind sentinels.

`REDIS_URL` has Celery's form: `redis://host:6379/0`, `rediss://…`, `unix://…`, or one address for
each sentinel, `sentinel://:password@host1:26379/0;sentinel://host2:26379`. User, password and
database of the first are those of the master; the sentinels themselves are asked without.
"""

import select
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

from redis import BlockingConnectionPool, Connection, ConnectionPool
from redis.backoff import NoBackoff
from redis.maint_notifications import MaintNotificationsConfig
from redis.retry import Retry
from redis.sentinel import Sentinel, SentinelConnectionPool

SENTINEL_PORT = 26379
SENTINEL_PATIENCE: Mapping[str, Any] = MappingProxyType(
    {"socket_timeout": 1.0, "socket_connect_timeout": 1.0, "retry": Retry(NoBackoff(), 0)}
)
"""A sentinel that does not answer at once is passed over: the next one knows as much."""


class RedisSettings(Protocol):
    """What opening a pool reads of `config.Settings`."""

    @property
    def redis_url(self) -> str: ...
    @property
    def redis_master(self) -> str: ...


class PromptConnection(Connection):
    """A connection that is seen to be quiet by one system call.

    Before each command redis-py looks whether a pooled connection was closed or has data left.
    Under gevent that look is a turn of the event loop and costs as much as the command itself;
    the web process names the system's own `poll` here, which never waits when it must not.
    """

    poll: Callable[[], Any] = staticmethod(select.poll)

    def can_read(self, timeout: float = 0) -> bool:
        reader = getattr(self._parser, "_reader", None)  # what hiredis read ahead
        if timeout or self._sock is None or reader is None or reader.has_data():
            return bool(super().can_read(timeout))
        look = self.poll()
        look.register(self._sock, select.POLLIN)
        return bool(look.poll(0)) and bool(super().can_read(0))


class BlockingSentinelPool(SentinelConnectionPool, BlockingConnectionPool):
    """Like `BlockingConnectionPool`, to the master of the moment."""


BEHIND_SENTINELS: Mapping[type[ConnectionPool], type[SentinelConnectionPool]] = {
    ConnectionPool: SentinelConnectionPool,
    BlockingConnectionPool: BlockingSentinelPool,
}

NO_NOTIFICATIONS = MaintNotificationsConfig(enabled=False)
"""They are Redis Enterprise's; who waits for them takes back connections with unread answers."""


def is_sentinel(url: str) -> bool:
    return url.startswith("sentinel:")


def open_pool(
    settings: RedisSettings, kind: type[ConnectionPool] = ConnectionPool, **options: Any
) -> ConnectionPool:
    """A pool of connections to the Redis of the settings; nothing is connected yet.

    Behind sentinels every new connection asks them who the master is, and one to a master that
    was demoted counts as lost. `options` are those of redis-py's connections and of `kind`.
    """
    url = settings.redis_url
    if not is_sentinel(url):
        prompt = {"connection_class": PromptConnection} if url.startswith("redis:") else {}
        return kind.from_url(url, maint_notifications_config=NO_NOTIFICATIONS, **prompt, **options)
    nodes = [urlsplit(address) for address in url.split(";")]
    sentinels = Sentinel(
        [(node.hostname, node.port or SENTINEL_PORT) for node in nodes],
        sentinel_kwargs=dict(SENTINEL_PATIENCE),
    )
    master = nodes[0]
    own = {
        "username": unquote(master.username) if master.username else None,
        "password": unquote(master.password) if master.password else None,
        "db": int(master.path.strip("/") or 0),
    }
    return BEHIND_SENTINELS[kind](settings.redis_master, sentinels, **own, **options)
