"""Which version serves a meter, and who said so.

Aliases (`champion`, `previous`, `challenger`) and the audit log live in Redis and change together
in one Lua call, so that of many trainings that end at once one wins, the others know, and the log
tells the same story as the aliases.

| key                          | holds                                                        |
|------------------------------|--------------------------------------------------------------|
| `model:{type}/{id}`          | hash: alias to version, and `rev`, which counts the changes  |
| `model:{type}/{id}:audit`    | stream, never trimmed: time, who, action, from, to, reason   |
| `model:{type}/{id}:doomed`   | set: versions that are being deleted; nobody may point there |
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, cast

from redis import Redis

from config.errors import ChampionMoved, NoPreviousVersion, UnknownModel
from workers.wire_format import timestamp

ALIASES = ("champion", "previous", "challenger")
ANY = "*"
"""Instead of the champion that a caller believes in: whoever it is."""


class Action(StrEnum):
    """What an entry of the audit log did."""

    PROMOTE = "promote"
    """`to` is the champion now, the old champion is `previous`."""
    CHALLENGE = "challenge"
    """`to` is kept beside the champion."""
    ROLLBACK = "rollback"
    """Champion and previous have changed places."""
    RETIRE = "retire"
    """`from` can't serve any more (damaged): no alias points at it, `previous` is champion."""


MOVE = """
local aliases, audit, doomed = unpack(KEYS)
local action, version, expected, time, who, reason = unpack(ARGV)
local champion = redis.call('HGET', aliases, 'champion') or ''
local previous = redis.call('HGET', aliases, 'previous')
local challenger = redis.call('HGET', aliases, 'challenger')
if expected ~= '*' and champion ~= expected then return 'moved' end
if redis.call('SISMEMBER', doomed, version) == 1 then return 'unknown' end
local from, to = champion, version
if action == 'promote' then
  if champion == version then return 'same' end
  if champion ~= '' then redis.call('HSET', aliases, 'previous', champion) end
  redis.call('HSET', aliases, 'champion', version)
  if challenger == version then redis.call('HDEL', aliases, 'challenger') end
elseif action == 'challenge' then
  redis.call('HSET', aliases, 'challenger', version)
elseif action == 'rollback' then
  if not previous then return 'no_previous' end
  to = previous
  redis.call('HSET', aliases, 'champion', previous, 'previous', champion)
elseif action == 'retire' then
  from, to = version, ''
  if previous == version then redis.call('HDEL', aliases, 'previous') end
  if challenger == version then redis.call('HDEL', aliases, 'challenger') end
  if champion == version then
    to = previous or ''
    redis.call('HDEL', aliases, 'champion', 'previous')
    if previous then redis.call('HSET', aliases, 'champion', previous) end
  end
end
redis.call('HINCRBY', aliases, 'rev', 1)
redis.call('XADD', audit, '*', 'd', cjson.encode({
  time = time, who = who, action = action, from = from, to = to, reason = reason}))
return 'done'
"""

RESTORE = """
local aliases, audit = unpack(KEYS)
if redis.call('EXISTS', aliases) == 1 then return 0 end
local held = cjson.decode(ARGV[1])
for name, version in pairs(held) do redis.call('HSET', aliases, name, version) end
if redis.call('EXISTS', audit) == 0 then
  for n = 2, #ARGV do redis.call('XADD', audit, '*', 'd', ARGV[n]) end
end
return 1
"""

DOOM = """
local aliases, doomed = unpack(KEYS)
for _, name in ipairs({'champion', 'previous', 'challenger'}) do
  if redis.call('HGET', aliases, name) == ARGV[1] then return 0 end
end
redis.call('SADD', doomed, ARGV[1])
return 1
"""


@dataclass(frozen=True)
class Held:
    """A meter's aliases as they stand, and how often they have changed."""

    aliases: dict[str, str]
    revision: int


class Aliases:
    """The only writer of the keys above."""

    def __init__(self, redis: "Redis") -> None:
        self.redis = redis
        self._move = redis.register_script(MOVE)
        self._restore = redis.register_script(RESTORE)
        self._doom = redis.register_script(DOOM)

    def read(self, meter_type: str, meter_id: str) -> Held:
        """What Redis holds; nothing where it has lost its memory (see `restore`)."""
        raw = cast(dict[bytes, bytes], self.redis.hgetall(key(meter_type, meter_id)))
        held = {name.decode(): value.decode() for name, value in raw.items()}
        revision = int(held.pop("rev", 0))
        return Held({name: held[name] for name in ALIASES if name in held}, revision)

    def audit(self, meter_type: str, meter_id: str) -> list[dict[str, Any]]:
        """The meter's log, oldest first."""
        entries = cast(
            list[tuple[bytes, dict[bytes, bytes]]],
            self.redis.xrange(f"{key(meter_type, meter_id)}:audit"),
        )
        return [json.loads(entry[b"d"]) for _, entry in entries]

    def move(
        self,
        meter_type: str,
        meter_id: str,
        action: Action,
        version: str = "",
        *,
        instead_of: str = ANY,
        who: str,
        reason: str,
        now: datetime,
    ) -> bool:
        """Change the aliases and log it, if `instead_of` ("" for none) is the champion.

        :returns: whether anything changed; promoting the champion changes nothing.
        :raises ChampionMoved: somebody else was faster.
        :raises NoPreviousVersion: there is nothing to roll back to.
        :raises UnknownModel: the version is being deleted.
        """
        name = key(meter_type, meter_id)
        outcome = cast(
            bytes,
            self._move(
                keys=[name, f"{name}:audit", f"{name}:doomed"],
                args=[action.value, version, instead_of, timestamp(now), who, reason],
            ),
        ).decode()
        if outcome == "moved":
            raise ChampionMoved("Another version became champion in the meantime.")
        if outcome == "no_previous":
            raise NoPreviousVersion(f"Meter {meter_type}/{meter_id} has no earlier champion.")
        if outcome == "unknown":
            raise UnknownModel(f"Version {version!r} is being deleted.")
        return outcome == "done"

    def restore(
        self,
        meter_type: str,
        meter_id: str,
        aliases: Mapping[str, str],
        audit: list[dict[str, Any]],
    ) -> None:
        """Give Redis back what it lost, unless somebody else has."""
        name = key(meter_type, meter_id)
        log = [json.dumps(entry) for entry in audit]
        self._restore(keys=[name, f"{name}:audit"], args=[json.dumps(dict(aliases)), *log])

    def doom(self, meter_type: str, meter_id: str, version: str) -> bool:
        """Announce that a version will be deleted; False where an alias points at it."""
        name = key(meter_type, meter_id)
        return bool(self._doom(keys=[name, f"{name}:doomed"], args=[version]))

    def deleted(self, meter_type: str, meter_id: str, version: str) -> None:
        """The version is gone from the store, so that nobody can name it any more."""
        self.redis.srem(f"{key(meter_type, meter_id)}:doomed", version)

    def forget(self, meter_type: str, meter_id: str) -> None:
        name = key(meter_type, meter_id)
        self.redis.delete(name, f"{name}:audit", f"{name}:doomed")


def key(meter_type: str, meter_id: str) -> str:
    """Redis key of a meter's aliases."""
    return f"model:{meter_type}/{meter_id}"
