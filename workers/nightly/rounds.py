"""Rounds: one small piece of work for each of very many meters, a handful at a time.

A round is no batch: ten thousand forecasts of the night need no job record, no event and no result
of their own each. Meters wait in a list; a few chains of messages walk through it, each link
taking a handful and sending the next. So a forecast that somebody asks for waits behind a handful
and not behind ten thousand. What a killed worker held is given back by the sweeper, and meters wait
for a store that is away.

| key                 | holds                                                              |
|---------------------|--------------------------------------------------------------------|
| `rounds:open`       | set of the rounds that have not ended                              |
| `round:{id}`        | hash: `work`, `schedule`, `started_at`, `total`, `touched`         |
| `round:{id}:todo`   | list of meters that wait                                           |
| `round:{id}:hand`   | hash: meter that is being worked on, by since when                 |
| `round:{id}:counts` | hash: outcome (`succeeded` or an error's code), how many           |
| `round:{id}:lost`   | hash: meter, how many workers died with it                         |
| `round:{id}:tries`  | hash: meter, how often a store was away for it                     |
"""

import logging
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any, cast

from config.error_codes import CATALOGUE, is_fault, is_transient
from workers.broker import FORECASTS
from workers.broker.celery_app import ROUND
from workers.jobs import Jobs
from workers.wire_format import timestamp

# Scheduled work waits for a store that is away: briefly first, for a restart, then long, for an
# outage that somebody has to mend. A forecast at six in the morning is late, and still better than
# none.
SHORT_WAIT, SHORT_TRIES = 30.0, 20
"""Ten minutes of them."""
LONG_WAIT, LONG_TRIES = 300.0, 72
"""Six hours: from midnight to when people come to work."""
MOST_TRIES = SHORT_TRIES + LONG_TRIES

log = logging.getLogger(__name__)

OPEN = "rounds:open"
HANDFUL = 20
"""Meters of one message: a second or less, which is what somebody's own forecast may wait."""
SILENT_AFTER = 60.0
"""Seconds without a step after which a chain counts as broken."""
MOST_LOSSES = 3
KEPT_SECONDS = 2 * 86_400

TAKE = """
local todo, hand, facts, lost = unpack(KEYS)
local taken = {}
for _ = 1, ARGV[1] do
  local meter = redis.call('LINDEX', todo, 0)
  if not meter then break end
  local alone = redis.call('HEXISTS', lost, meter) == 1
  if alone and #taken > 0 then break end
  redis.call('LPOP', todo)
  redis.call('HSET', hand, meter, ARGV[2])
  taken[#taken + 1] = meter
  if alone then break end
end
if #taken > 0 then redis.call('HSET', facts, 'touched', ARGV[2]) end
return taken
"""
"""A meter with which a worker died goes alone: of a handful, nobody knows which one it was."""

PUT_BACK = """
local hand, todo, tries = unpack(KEYS)
local most, back = 0, {}
for n = 2, #ARGV do
  local tried = redis.call('HINCRBY', tries, ARGV[n], 1)
  if tried < tonumber(ARGV[1]) and redis.call('HDEL', hand, ARGV[n]) == 1 then
    redis.call('RPUSH', todo, ARGV[n])
    back[#back + 1] = ARGV[n]
    most = math.max(most, tried)
  end
end
return {most, back}
"""
"""Lets meters wait again; returns the most tries that one of them had, and which they are. Those
that have had all their tries stay in hand."""

DONE = """
local hand, counts, todo, open = unpack(KEYS)
for n = 2, #ARGV, 2 do
  if redis.call('HDEL', hand, ARGV[n]) == 1 then redis.call('HINCRBY', counts, ARGV[n + 1], 1) end
end
if redis.call('LLEN', todo) == 0 and redis.call('HLEN', hand) == 0 then
  return redis.call('SREM', open, ARGV[1])
end
return 0
"""
"""Counts each meter once; 1 for the one call that ends the round."""


@dataclass(frozen=True)
class Ended:
    """A round that has ended: which work, whose schedule, and how many came out how."""

    work: str
    schedule: str
    started_at: datetime
    summary: dict[str, int]

    @property
    def failed(self) -> bool:
        """Nothing came out, for faults of the platform and not for want of readings."""
        well = [outcome for outcome in self.summary if outcome not in (*CATALOGUE, "total")]
        return not well and any(map(is_fault, self.summary))


def start_round(
    jobs: Jobs, work: str, meters: Sequence[str], *, schedule: str, now: datetime
) -> str:
    """Begin a round over the meters (keys `{type}/{id}`); there must be one at least."""
    round_id = str(uuid.uuid4())
    facts = {
        "work": work, "schedule": schedule, "started_at": timestamp(now),
        "total": len(meters), "touched": time.time(),
    }  # fmt: skip
    with jobs.redis.pipeline(transaction=True) as pipe:
        pipe.hset(_key(round_id), mapping=cast(Any, facts))
        pipe.rpush(_key(round_id, "todo"), *meters)
        for name in ("", "todo"):
            pipe.expire(_key(round_id, name), KEPT_SECONDS)
        pipe.sadd(OPEN, round_id)
        pipe.execute()
    _send_chains(jobs, round_id)
    return round_id


def do_part(
    jobs: Jobs, round_id: str, do: Callable[[str, Sequence[str]], Mapping[str, str]]
) -> Ended | None:
    """Take a handful, do it, send for the next.

    :param do: `do(work, meters)` does the work and returns each meter's outcome; never raises.
        A meter whose outcome is that a store is away waits again.
    :returns: the round, if this part was the last of it.
    """
    raw = cast(dict[bytes, bytes], jobs.redis.hgetall(_key(round_id)))
    facts = {name.decode(): value.decode() for name, value in raw.items()}
    names = [_key(round_id, name) for name in ("todo", "hand", "counts")]
    take = jobs.redis.register_script(TAKE)
    keys = [names[0], names[1], _key(round_id), _key(round_id, "lost")]
    taken = cast(list[bytes], take(keys=keys, args=[HANDFUL, time.time()]))
    if "work" not in facts:
        return None
    if not taken:
        # The last meters may have been given up by the sweeper: somebody must end the round.
        over = not jobs.redis.hlen(names[1]) and jobs.redis.srem(OPEN, round_id)
        return _ended(jobs, round_id, facts) if over else None
    for name in names[1:]:
        jobs.redis.expire(name, KEPT_SECONDS)
    outcomes = do(facts["work"], [meter.decode() for meter in taken])
    wait, back = _put_back(jobs, round_id, [one for one in outcomes if is_transient(outcomes[one])])
    ended = {meter: outcome for meter, outcome in outcomes.items() if meter not in back}
    done = jobs.redis.register_script(DONE)
    over = done(
        keys=[names[1], names[2], names[0], OPEN],
        args=[round_id, *chain.from_iterable(ended.items())],
    )
    if over:
        return _ended(jobs, round_id, facts)
    if jobs.redis.llen(names[0]):
        _send(jobs, round_id, after=wait)
    return None


def tend_rounds(jobs: Jobs) -> None:
    """Mend the chains that a dead worker broke; safe at any time, by anybody."""
    for raw in cast(set[bytes], jobs.redis.smembers(OPEN)):
        round_id = raw.decode()
        touched = cast(bytes | None, jobs.redis.hget(_key(round_id), "touched"))
        if touched is None:
            jobs.redis.srem(OPEN, round_id)
        elif time.time() - float(touched) > SILENT_AFTER:
            _give_back(jobs, round_id)
            jobs.redis.hset(_key(round_id), "touched", time.time())
            _send_chains(jobs, round_id)


def _put_back(jobs: Jobs, round_id: str, meters: Sequence[str]) -> tuple[float, set[str]]:
    """Let meters wait for a store that is away; those that have waited too often are left out.

    :returns: how long (s), and which.
    """
    if not meters:
        return 0, set()
    keys = [_key(round_id, name) for name in ("hand", "todo", "tries")]
    put_back = jobs.redis.register_script(PUT_BACK)
    # The last one first: it may be that the first one alone was refused, and cost the others.
    answer = put_back(keys=keys, args=[MOST_TRIES, *reversed(meters)])
    tries, back = cast(tuple[int, list[bytes]], answer)
    jobs.redis.expire(keys[-1], KEPT_SECONDS)
    if not back:
        return 0, set()
    wait = wait_after(tries)
    jobs.redis.hset(_key(round_id), "touched", time.time() + wait)
    log.warning("round %s: a store is away; %d meters wait for it, %g s", round_id, len(back), wait)
    return wait, {one.decode() for one in back}


def _give_back(jobs: Jobs, round_id: str) -> None:
    """What dead workers held waits again; what killed three workers is given up."""
    hand = _key(round_id, "hand")
    for meter, since in cast(dict[bytes, bytes], jobs.redis.hgetall(hand)).items():
        if time.time() - float(since) < SILENT_AFTER or not jobs.redis.hdel(hand, meter):
            continue
        lost = _key(round_id, "lost")
        if int(jobs.redis.hincrby(lost, meter.decode(), 1)) < MOST_LOSSES:
            jobs.redis.rpush(_key(round_id, "todo"), meter)
        else:
            jobs.redis.hincrby(_key(round_id, "counts"), "worker_lost", 1)
        jobs.redis.expire(lost, KEPT_SECONDS)


def _ended(jobs: Jobs, round_id: str, facts: dict[str, str]) -> Ended:
    counts = cast(dict[bytes, bytes], jobs.redis.hgetall(_key(round_id, "counts")))
    summary = {"total": int(facts["total"])} | {k.decode(): int(v) for k, v in counts.items()}
    for name in ("", "todo", "hand", "counts", "lost", "tries"):
        jobs.redis.delete(_key(round_id, name))
    started = datetime.fromisoformat(facts["started_at"])
    return Ended(facts["work"], facts["schedule"], started, summary)


def _send_chains(jobs: Jobs, round_id: str) -> None:
    # Two chains a process: the next handful is there when the last one is done.
    for _ in range(2 * jobs.settings.forecast_workers):
        _send(jobs, round_id)


def _send(jobs: Jobs, round_id: str, *, after: float = 0) -> None:
    # Dropped when old: what it stood for has been sent for again by the sweeper.
    jobs.celery.send_task(
        ROUND, args=[round_id], queue=FORECASTS, countdown=after or None,
        expires=after + SILENT_AFTER, ignore_result=True,
    )  # fmt: skip


def _key(round_id: str, name: str = "") -> str:
    return f"round:{round_id}:{name}" if name else f"round:{round_id}"


def wait_after(tries: int) -> float:
    """Seconds to wait after so many tries."""
    return SHORT_WAIT if tries <= SHORT_TRIES else LONG_WAIT
