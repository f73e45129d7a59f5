"""The memory that processes share, in Redis and without it."""

from collections.abc import Iterator

import pytest
from redis import Redis

from config import load_settings
from weather.quota import SPARE, WINDOWS, Memory, ProcessMemory, RedisMemory, shared_memory


@pytest.fixture(params=["redis", "process"])
def memory(request: pytest.FixtureRequest) -> Iterator[Memory]:
    if request.param == "process":
        yield ProcessMemory()
        return
    redis = Redis.from_url(request.getfixturevalue("redis_url"))
    redis.flushdb()
    yield RedisMemory(redis)
    redis.close()


def test_a_value_is_kept_once(memory: Memory) -> None:
    assert memory.recall("down") is None
    assert memory.remember("down", "no network", 60)
    assert not memory.remember("down", "no network", 60)
    assert memory.recall("down") == "no network"
    memory.forget("down")
    assert memory.recall("down") is None


def test_calls_are_granted_until_a_window_is_full(memory: Memory) -> None:
    now = 1_000_000_000.0  # 40 s into a minute
    grant = SPARE * WINDOWS[60]
    assert memory.spend(grant - 100, now) == 0
    assert memory.spend(100, now) == 0
    assert memory.spend(1, now) == 20.0
    assert memory.spend(1, now + 20) == 0


def test_the_longer_window_is_waited_for(memory: Memory) -> None:
    minute, hour = SPARE * WINDOWS[60], SPARE * WINDOWS[3600]
    start = 1_000_000_800.0  # a full hour
    assert start % 3600 == 0
    for number in range(int(hour // minute)):
        assert memory.spend(minute, start + 60 * number) == 0
    later = start + 60 * (hour // minute)
    assert memory.spend(minute, later) == 3600 - later % 3600


def test_a_request_larger_than_a_window_is_made_alone(memory: Memory) -> None:
    assert memory.spend(10 * WINDOWS[60], 1_000_000_020.0) == 0
    assert memory.spend(1, 1_000_000_021.0) > 0


def test_processes_share_what_is_left(redis_url: str) -> None:
    one, other = (RedisMemory(Redis.from_url(redis_url), prefix="shared:") for _ in range(2))
    now = 2_000_000_010.0
    assert one.spend(SPARE * WINDOWS[60], now) == 0
    assert other.spend(1, now) > 0


def test_without_redis_a_process_has_its_own() -> None:
    assert isinstance(
        shared_memory(load_settings({"REDIS_URL": "redis://127.0.0.1:9/0"})), ProcessMemory
    )
