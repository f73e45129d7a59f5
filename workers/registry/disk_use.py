"""How much disk the models take: kept as counters, so that `/health/` need not walk the store."""

from typing import Any

from redis import Redis

PER_METER = "models:bytes"
"""Sorted set: meter, by the bytes of its files."""
TOTAL = "models:bytes:total"
LARGEST_SHOWN = 5

SET = """
local before = tonumber(redis.call('ZSCORE', KEYS[1], ARGV[1]) or 0)
local now = tonumber(ARGV[2])
redis.call('ZREM', KEYS[1], ARGV[1])
if now > 0 then redis.call('ZADD', KEYS[1], now, ARGV[1]) end
redis.call('INCRBY', KEYS[2], now - before)
"""


def set_disk_use(redis: "Redis", meter_key: str, size: int) -> None:
    """A meter's files take `size` bytes now."""
    redis.register_script(SET)(keys=[PER_METER, TOTAL], args=[meter_key, size])


def disk_use_of(redis: "Redis", meter_key: str) -> int:
    """Bytes that a meter's files take."""
    return int(redis.zscore(PER_METER, meter_key) or 0)


def disk_use(redis: "Redis") -> dict[str, Any]:
    """`{bytes, meters, largest: [{meter, bytes}]}` of all models."""
    with redis.pipeline(transaction=False) as pipe:
        pipe.get(TOTAL)
        pipe.zcard(PER_METER)
        pipe.zrevrange(PER_METER, 0, LARGEST_SHOWN - 1, withscores=True)
        total, meters, largest = pipe.execute()
    return {
        "bytes": int(total or 0),
        "meters": meters,
        "largest": [{"meter": name.decode(), "bytes": int(size)} for name, size in largest],
    }
