"""Scripts that are called by name, on a real Redis."""

import pytest
from redis import Redis

from config.redis_scripts import Script

JOIN = Script(
    "redis.call('SET', place, first .. '-' .. second); return redis.call('GET', place)",
    keys=("place",),
    args=("first", "second"),
)


def test_names_stand_for_what_they_are_given_in_any_order(redis_url: str) -> None:
    with Redis.from_url(redis_url) as redis:
        join = JOIN.on(redis)
        assert join(second="b", place="script:test", first=1) == b"1-b"
        redis.delete("script:test")


def test_a_script_without_arguments(redis_url: str) -> None:
    with Redis.from_url(redis_url) as redis:
        assert Script("return redis.call('EXISTS', key)", keys=("key",)).on(redis)(key="none") == 0


@pytest.mark.parametrize(
    "named",
    [
        pytest.param({"place": "p", "first": 1}, id="one is missing"),
        pytest.param({"place": "p", "first": 1, "second": 2, "third": 3}, id="one too many"),
    ],
)
def test_a_call_with_other_names_says_which(redis_url: str, named: dict[str, object]) -> None:
    with Redis.from_url(redis_url) as redis, pytest.raises(TypeError, match=r"second|third"):
        JOIN.on(redis)(**named)
