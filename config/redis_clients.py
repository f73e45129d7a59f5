"""Connections to Redis that know how long to be patient."""

from queue import Empty

from redis import BlockingConnectionPool, Redis
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import OutOfMemoryError, RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.retry import Retry

from config.redis_pools import RedisSettings, open_pool

LONGEST_PAUSE = 1.0
SILENCE = 5.0
"""Seconds without an answer after which Redis counts as silent."""

CONNECTIONS = 32
"""Of one process, whatever the number of its requests. No command waits at the server, so that a
few carry thousands of requests a second; who comes when all are in use waits for one."""
QUEUEING = 5.0
"""Longest wait for one of them."""


def connect(settings: RedisSettings, *, patience: float) -> "Redis":
    """A client that retries for about `patience` seconds before it gives up.

    A worker in the middle of a training can wait for Redis to be restarted; a web request must
    be told soon.
    """
    tries = max(1, round(patience / LONGEST_PAUSE)) + 3
    # A full Redis refuses writes until someone has made room.
    passing: tuple[type[Exception], ...] = (RedisConnectionError, OutOfMemoryError)
    if patience > SILENCE:  # else waiting once has used it up
        passing += (RedisTimeoutError,)
    backoff = ExponentialBackoff(cap=LONGEST_PAUSE, base=0.05)
    pool = open_pool(
        settings,
        BlockingConnectionPool,
        max_connections=CONNECTIONS,
        timeout=QUEUEING,
        retry=Retry(backoff, tries, supported_errors=passing),
        retry_on_error=list(passing),
        socket_timeout=SILENCE,
        socket_connect_timeout=3,
        socket_keepalive=True,
        health_check_interval=30,
    )
    return Redis.from_pool(pool)


def all_in_use(error: RedisError) -> bool:
    """Whether a command failed because it got no connection of the process, not for Redis."""
    return isinstance(error.__context__, Empty)
