"""A key of Redis as JSON and back, by its type: readable, and loaded by any version of Redis."""

import json
from fnmatch import fnmatchcase
from typing import Any, cast

from redis import Redis

KEYS = ("model:*", "models:bytes*", "security:keys", "ledger:*")
"""Patterns of what Redis holds that is nowhere else: aliases and audit log, keys, scores."""


def dump_key(redis: "Redis", key: str) -> dict[str, Any] | None:
    """`{key, type, value}`; None where the key has gone in the meantime."""
    kind = cast(bytes, redis.type(key)).decode()
    if kind == "none":
        return None
    return {"key": key, "type": kind, "value": READERS[kind](redis, key)}


def parse_key(line: bytes) -> dict[str, Any]:
    """What `dump_key` gave, from a line of a backup.

    :raises ValueError: it is none, or its key is no business of a backup: queues, for example.
    """
    found = json.loads(line)
    if not (isinstance(found, dict) and set(found) == {"key", "type", "value"}):
        raise ValueError("a line of Redis' keys has not got the fields key, type and value")
    if not any(fnmatchcase(str(found["key"]), pattern) for pattern in KEYS):
        raise ValueError(f"the key {found['key']!r} of Redis is not one that a backup keeps")
    if found["type"] not in WRITERS:
        raise ValueError(f"the key {found['key']!r} of Redis has the type {found['type']!r}")
    return found


def load_key(redis: "Redis", dumped: dict[str, Any]) -> None:
    """Put the key in the place of what is there, in one step."""
    key, value = dumped["key"], dumped["value"]
    with redis.pipeline(transaction=True) as pipe:
        pipe.delete(key)
        WRITERS[dumped["type"]](pipe, key, value)
        pipe.execute()


def _hash(redis: Any, key: str) -> dict[str, str]:
    return {name.decode(): value.decode() for name, value in redis.hgetall(key).items()}


def _stream(redis: Any, key: str) -> list[Any]:
    return [
        [entry.decode(), {name.decode(): value.decode() for name, value in fields.items()}]
        for entry, fields in redis.xrange(key)
    ]


def _add_to_stream(pipe: Any, key: str, value: list[Any]) -> None:
    for entry, fields in value:
        pipe.xadd(key, fields, id=entry)


READERS: dict[str, Any] = {
    "hash": _hash,
    "stream": _stream,
    "string": lambda redis, key: redis.get(key).decode(),
    "set": lambda redis, key: sorted(member.decode() for member in redis.smembers(key)),
    "zset": lambda redis, key: [
        [m.decode(), s] for m, s in redis.zrange(key, 0, -1, withscores=True)
    ],
    "list": lambda redis, key: [item.decode() for item in redis.lrange(key, 0, -1)],
}
WRITERS: dict[str, Any] = {
    "hash": lambda pipe, key, value: pipe.hset(key, mapping=value),
    "stream": _add_to_stream,
    "string": lambda pipe, key, value: pipe.set(key, value),
    "set": lambda pipe, key, value: pipe.sadd(key, *value),
    "zset": lambda pipe, key, value: pipe.zadd(key, dict(value)),
    "list": lambda pipe, key, value: pipe.rpush(key, *value),
}
