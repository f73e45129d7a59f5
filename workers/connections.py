"""Connections to Redis that know how long to be patient."""

from redis import Redis
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import OutOfMemoryError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.retry import Retry

from config.redis_pools import RedisSettings, open_pool

LONGEST_PAUSE = 1.0
BLOCKING_READ = 2.0
"""Longest server-side wait of a command (`Jobs.wait`); the socket's time-out lies above it."""
SILENCE = BLOCKING_READ + 3
"""Seconds without an answer after which Redis counts as silent."""


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
        retry=Retry(backoff, tries, supported_errors=passing),
        retry_on_error=list(passing),
        socket_timeout=SILENCE,
        socket_connect_timeout=3,
        socket_keepalive=True,
        health_check_interval=30,
    )
    return Redis.from_pool(pool)
