"""What workers left about each meter's forecasts, for the overview: cheap reads of Redis."""

import json
from collections.abc import Sequence
from typing import Any, cast

from redis import Redis

FIELDS = ("yesterday", "flags", "serving")


def skills(redis: "Redis") -> dict[str, float]:
    """Yesterday's skill of each meter that was scored, by `type/id`."""
    found = cast(list[tuple[bytes, float]], redis.zrange("ledger:skill", 0, -1, withscores=True))
    return {key.decode(): skill for key, skill in found}


def type_scores(redis: "Redis") -> dict[str, Any]:
    """Yesterday's scores over all meters of each type."""
    found = cast(dict[bytes, bytes], redis.hgetall("ledger:types"))
    return {name.decode(): json.loads(scores) for name, scores in found.items()}


def marks_of(redis: "Redis", keys: Sequence[str]) -> list[dict[str, Any]]:
    """`{yesterday, flags, serving}` of each meter, as far as they are known."""
    with redis.pipeline(transaction=False) as pipe:
        for key in keys:
            pipe.hmget(f"ledger:meter:{key}", FIELDS)
        answers = cast(list[list[bytes | None]], pipe.execute())
    return [
        {name: json.loads(raw) for name, raw in zip(FIELDS, answer, strict=True) if raw}
        for answer in answers
    ]
