"""What is known of how well each meter is forecast: small facts for quick reading.

| key                        | holds                                                            |
|----------------------------|------------------------------------------------------------------|
| `ledger:meter:{type}/{id}` | hash, JSON each: `yesterday`, `week` (scores), `flags`, `looks`  |
|                            | (`at`, and `nights`: for how many a flag has been on its way),   |
|                            | `serving`, `suspended` (version that must not answer),           |
|                            | `untrainable` (what refused its training), `weather`             |
|                            | (stretches by grade under the latest nightly forecast)           |
| `ledger:skill`             | sorted set: meter by yesterday's skill against the naive         |
| `ledger:flagged`           | set: meters with a flag                                          |
| `ledger:types`             | hash: meter type, to JSON of the scores over all its meters      |

The forecasts themselves, as issued, are in the reading store; `workers.nightly.scoring` compares
them with what happened. Light enough for the web process.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any, cast

from redis import Redis
from redis.client import Pipeline

from workers.wire_format import dump

SKILL = "ledger:skill"
FLAGGED = "ledger:flagged"
TYPES = "ledger:types"

Flag = dict[str, Any]
"""`{code, since, message}`."""


class Ledger:
    """Reads and writes the keys above; a meter goes by its key `{type}/{id}`."""

    def __init__(self, redis: "Redis") -> None:
        self._redis = redis

    def read(self, meter_key: str) -> dict[str, Any]:
        """Everything that is noted of a meter; `flags` is always there."""
        raw = cast(dict[bytes, bytes], self._redis.hgetall(_key(meter_key)))
        return {"flags": [], **{name.decode(): json.loads(text) for name, text in raw.items()}}

    def read_many(self, meter_keys: Iterable[str]) -> dict[str, dict[str, Any]]:
        """`read` of many meters in one round trip."""
        names = list(meter_keys)
        with self._redis.pipeline(transaction=False) as pipe:
            for name in names:
                pipe.hgetall(_key(name))
            answers = pipe.execute()
        return {
            name: {"flags": [], **{k.decode(): json.loads(v) for k, v in raw.items()}}
            for name, raw in zip(names, answers, strict=True)
        }

    def note(self, meter_key: str, **facts: Any) -> None:
        """Write facts of a meter; None takes one away."""
        self.note_many({meter_key: facts})

    def note_many(self, noted: Mapping[str, Mapping[str, Any]]) -> None:
        """`note` for many meters, by their keys, in one round trip."""
        with self._redis.pipeline(transaction=True) as pipe:
            for meter_key, facts in noted.items():
                _note(pipe, meter_key, facts)
            pipe.execute()

    def raise_flag(self, meter_key: str, flag: Flag) -> None:
        """Add a flag, unless one of its code is up already."""
        flags = self.read(meter_key)["flags"]
        if flag["code"] not in {one["code"] for one in flags}:
            self.note(meter_key, flags=[*flags, flag])

    def lower_flags(self, meter_key: str, codes: Iterable[str]) -> None:
        """Take away the flags of these codes."""
        wanted = set(codes)
        flags = self.read(meter_key)["flags"]
        left = [one for one in flags if one["code"] not in wanted]
        if len(left) != len(flags):
            self.note(meter_key, flags=left)

    def types(self) -> dict[str, Any]:
        """By meter type, the scores over all its meters yesterday."""
        raw = cast(dict[bytes, bytes], self._redis.hgetall(TYPES))
        return {name.decode(): json.loads(text) for name, text in raw.items()}

    def note_types(self, scores: Mapping[str, Mapping[str, Any]]) -> None:
        """Replace what is noted of the meter types."""
        with self._redis.pipeline(transaction=True) as pipe:
            pipe.delete(TYPES)
            for name, one in scores.items():
                pipe.hset(TYPES, name, dump(dict(one)))
            pipe.execute()

    def worst(self, count: int) -> list[tuple[str, float]]:
        """The meters with the least skill yesterday."""
        found = cast(
            list[tuple[bytes, float]], self._redis.zrange(SKILL, 0, count - 1, withscores=True)
        )
        return [(name.decode(), skill) for name, skill in found]

    def flagged(self) -> set[str]:
        """The meters that have a flag."""
        return {name.decode() for name in cast(set[bytes], self._redis.smembers(FLAGGED))}

    def forget(self, meter_key: str) -> None:
        self._redis.delete(_key(meter_key))
        self._redis.srem(FLAGGED, meter_key)
        self._redis.zrem(SKILL, meter_key)


def _note(pipe: "Pipeline", meter_key: str, facts: Mapping[str, Any]) -> None:
    kept: dict[Any, Any] = {k: dump(fact) for k, fact in facts.items() if fact is not None}
    gone = [name for name, fact in facts.items() if fact is None]
    if kept:
        pipe.hset(_key(meter_key), mapping=kept)
    if gone:
        pipe.hdel(_key(meter_key), *gone)
    if "yesterday" in facts:
        skill = (facts["yesterday"] or {}).get("skill")
        if skill is None:
            pipe.zrem(SKILL, meter_key)
        else:
            pipe.zadd(SKILL, {meter_key: skill})
    if "flags" in facts:
        (pipe.sadd if facts["flags"] else pipe.srem)(FLAGGED, meter_key)


def _key(meter_key: str) -> str:
    return f"ledger:meter:{meter_key}"
