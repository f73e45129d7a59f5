"""Batches: many jobs under one id, a window of them at a time, one stream for all.

A batch is a job whose members are jobs of their own (`batch_id`). Members wait in a list; at most
`BATCH_WINDOW` of them stand in a queue at once, so that one batch of ten thousand meters neither
fills Redis with messages nor makes a single request wait behind it. Each member that ends settles
its place, lets the next one in, and tells of it on the batch's stream. There is no chord: what
counts is a set of outstanding members, and the sweeper mends what a killed process left undone.

| key                          | holds                                                    |
|------------------------------|----------------------------------------------------------|
| `batch:{id}:pending`         | list of members (JSON) that were not let in yet          |
| `batch:{id}:outstanding`     | hash: job id of a member that was let in, to the member  |
| `batch:{id}:outcomes`        | hash: meter, to what became of it                        |
| `batch:{id}:counts`          | hash: how many succeeded, failed, were cancelled         |
"""

import json
import uuid
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any, cast

from config.errors import Cancelled, NotCancellable, UnknownJob, describe
from config.redis_scripts import Script
from workers.jobs import attempts
from workers.jobs.jobs import STOPPING, Jobs
from workers.jobs.record import Record, is_terminal
from workers.states import Kind, Status
from workers.wire_format import dump

Member = dict[str, Any]

NAMES = ("pending", "outstanding", "outcomes", "counts")

LET_IN = Script(
    keys=("pending", "outstanding", "job"),
    args=("window", "job_id"),
    source="""
if redis.call('HEXISTS', job, 'cancel') == 1 then return false end
if redis.call('HLEN', outstanding) >= tonumber(window) then return false end
local member = redis.call('LPOP', pending)
if member then redis.call('HSET', outstanding, job_id, member) end
return member
""",
)
"""Takes the next member off the list and gives it a job id, if the window has room and nobody has
cancelled the batch."""

TAKE_BACK = Script(
    keys=("pending", "outcomes", "counts"),
    args=("outcome", "most", "status"),
    source="""
for _ = 1, tonumber(most) do
  local member = redis.call('LPOP', pending)
  if not member then break end
  local meter = cjson.decode(member)
  local name = meter['meter_type'] .. '/' .. meter['meter_id']
  if redis.call('HSETNX', outcomes, name, outcome) == 1 then
    redis.call('HINCRBY', counts, status, 1)
  end
end
return redis.call('LLEN', pending)
""",
)
"""Takes members off the list and settles them as cancelled, in one step: none can be lost."""
TAKEN_BACK_AT_ONCE = 500
"""A millisecond or two of Redis, which does nothing else meanwhile."""

SETTLE = Script(
    keys=("outcomes", "counts", "outstanding"),
    args=("meter", "outcome", "status", "job_id"),
    source="""
local first = redis.call('HSETNX', outcomes, meter, outcome)
if first == 1 then redis.call('HINCRBY', counts, status, 1) end
if job_id ~= '' then redis.call('HDEL', outstanding, job_id) end
return first
""",
)
"""Counts an outcome once, however often it is reported."""

FAILURES_SHOWN = 100
"""In the job object; the result has all."""


def submit_batch(
    jobs: Jobs, kind: Kind, members: Iterable[Member], *, refused: Iterable[Member] = ()
) -> Record:
    """Accept a batch of `kind` jobs.

    :param members: `{meter_type, meter_id, params}` each.
    :param refused: members that cannot be done, with their `error` in place of `params`.
    :raises QueueUnavailable: as `Jobs.submit`.
    """
    batch_id = str(uuid.uuid4())
    wanted, refused = list(members), list(refused)
    facts = {"kind": kind.value, "total": len(wanted) + len(refused)}
    with jobs.talking():
        with jobs.redis.pipeline(transaction=True) as pipe:
            if wanted:
                pipe.rpush(_key(batch_id, "pending"), *(dump(member) for member in wanted))
                pipe.expire(_key(batch_id, "pending"), jobs.settings.job_ttl)
            pipe.execute()
        for member in refused:
            _settle(
                jobs,
                batch_id,
                member,
                {"status": Status.FAILED.value, "error": member["error"]},
                "",
            )
        _keep(jobs, batch_id)
    return jobs.submit(Kind.BATCH, facts, job_id=batch_id).record


def follow(jobs: Jobs, before: Record, after: Record) -> None:
    """What a change of any job means to its batch; see `workers.jobs.jobs.Listener`."""
    if after["batch_id"] and is_terminal(after):
        member_ended(jobs, after)
    elif after["kind"] == Kind.BATCH and after["message"] == STOPPING:
        tend_batch(jobs, after["task_id"])


def member_ended(jobs: Jobs, record: Record) -> None:
    """A member has ended: count it, let the next one in, tell of it."""
    batch_id, job_id = record["batch_id"], record["task_id"]
    outcome = {"status": record["status"], "task_id": job_id, "error": record["error"]}
    _settle(jobs, batch_id, record, outcome, job_id)
    _fill(jobs, batch_id)
    _tell(jobs, batch_id, {**_meter(record), **outcome})


def tend_batch(jobs: Jobs, batch_id: str) -> None:
    """Bring a batch forward whatever its processes left undone; safe at any time.

    Of one that was cancelled, take back the members that wait and ask those that run to stop.
    """
    cancelled = jobs.redis.hexists(f"job:{batch_id}", "cancel")
    if cancelled:
        _take_back(jobs, batch_id)
    outstanding = cast(dict[bytes, bytes], jobs.redis.hgetall(_key(batch_id, "outstanding")))
    for job_id, raw in outstanding.items():
        entry = jobs.journal.read(job_id.decode())
        if entry is None:
            _submit_member(jobs, batch_id, job_id.decode(), json.loads(raw))
        elif is_terminal(entry.record):
            member_ended(jobs, entry.record)
        elif cancelled and "cancel" not in entry.fields:
            _stop_member(jobs, job_id.decode())
    _fill(jobs, batch_id)
    _tell(jobs, batch_id, None)


def waiting_meters(jobs: Jobs, batch_id: str) -> set[str]:
    """The meters, by their keys, of the members that have not ended."""
    with jobs.redis.pipeline(transaction=True) as pipe:
        pipe.lrange(_key(batch_id, "pending"), 0, -1)
        pipe.hvals(_key(batch_id, "outstanding"))
        members = [json.loads(raw) for answer in pipe.execute() for raw in answer]
    return {f"{member['meter_type']}/{member['meter_id']}" for member in members}


def _take_back(jobs: Jobs, batch_id: str) -> None:
    """Settle the members that were not let in as cancelled."""
    take_back = TAKE_BACK.on(jobs.redis)
    keys = {name: _key(batch_id, name) for name in TAKE_BACK.keys}
    error = describe(Cancelled("The batch was cancelled."))
    outcome = dump({"status": Status.CANCELLED.value, "error": error})
    status = Status.CANCELLED.value
    while take_back(**keys, outcome=outcome, most=TAKEN_BACK_AT_ONCE, status=status):
        pass


def _stop_member(jobs: Jobs, job_id: str) -> None:
    with suppress(NotCancellable, UnknownJob):  # it has ended meanwhile, and said so
        jobs.cancel(job_id)


def _fill(jobs: Jobs, batch_id: str) -> None:
    """Let members in until the window is full or nobody waits."""
    let_in = LET_IN.on(jobs.redis)
    keys = {name: _key(batch_id, name) for name in ("pending", "outstanding")}
    while True:
        job_id = str(uuid.uuid4())
        window = jobs.settings.batch_window
        raw = let_in(**keys, job=f"job:{batch_id}", window=window, job_id=job_id)
        if not raw:
            break
        _submit_member(jobs, batch_id, job_id, json.loads(raw))
    _keep(jobs, batch_id)


def _keep(jobs: Jobs, batch_id: str) -> None:
    """Begin the days anew after which a batch is forgotten; all of it, or members would be lost."""
    with jobs.redis.pipeline(transaction=True) as pipe:
        for name in NAMES:
            pipe.expire(_key(batch_id, name), jobs.settings.job_ttl)
        pipe.execute()


def _submit_member(jobs: Jobs, batch_id: str, job_id: str, member: Member) -> None:
    kind = Kind(json.loads(jobs.read(batch_id).fields["params"])["kind"])
    jobs.submit(
        kind,
        member["params"],
        meter_type=member["meter_type"],
        meter_id=member["meter_id"],
        batch_id=batch_id,
        job_id=job_id,
    )
    # Whoever cancels the batch looks for members after the mark is set: it finds this one, or
    # this finds the mark.
    if jobs.redis.hexists(f"job:{batch_id}", "cancel"):
        _stop_member(jobs, job_id)


def _settle(
    jobs: Jobs, batch_id: str, meter: Mapping[str, Any], outcome: dict[str, Any], job_id: str
) -> None:
    keys = {name: _key(batch_id, name) for name in SETTLE.keys}
    name, status = f"{meter['meter_type']}/{meter['meter_id']}", outcome["status"]
    SETTLE.on(jobs.redis)(**keys, meter=name, outcome=dump(outcome), status=status, job_id=job_id)


def _tell(jobs: Jobs, batch_id: str, member: dict[str, Any] | None) -> None:
    """The batch's own event: how far it is, and the member that ended; its last one at the end."""
    entry = jobs.journal.read(batch_id)
    if entry is None or Status(entry.record["status"]) is not Status.RUNNING:
        return
    total = json.loads(entry.fields["params"])["total"]
    counts, open_members = _standing(jobs, batch_id)
    if not open_members and sum(counts.values()) < total:
        _write_off(counts, total, cancelled="cancel" in entry.fields)
    ended = sum(counts.values())
    fields: dict[str, Any] = {
        "progress": round(100 * ended / total, 1) if total else 100.0,
        "message": f"{ended:,} of {total:,} done, {counts['failed']:,} failed",
    }
    if member is not None:
        fields["member"] = member
    if ended < total:
        attempts.change(jobs, batch_id, entry.record["attempt"], fields)
        return
    outcomes = _outcomes(jobs, batch_id)
    failures = [one for one in outcomes if one["status"] != Status.SUCCEEDED]
    summary = {"total": total, **counts, "failures": failures[:FAILURES_SHOWN]}
    status = Status.SUCCEEDED
    if "cancel" in entry.fields and counts["cancelled"]:
        status = Status.CANCELLED
        fields["error"] = describe(Cancelled("The batch was cancelled."))
    fields |= {"status": status.value, "result": summary, "message": _last_words(counts)}
    result = dump({**summary, "failures": failures, "members": outcomes})
    attempts.change(jobs, batch_id, entry.record["attempt"], fields, result=result)


def _standing(jobs: Jobs, batch_id: str) -> tuple[dict[str, int], int]:
    """How many members ended how, and how many have not; both as of one instant."""
    with jobs.redis.pipeline(transaction=True) as pipe:
        pipe.hgetall(_key(batch_id, "counts"))
        pipe.llen(_key(batch_id, "pending"))
        pipe.hlen(_key(batch_id, "outstanding"))
        raw, pending, outstanding = pipe.execute()
    counts = {name: int(raw.get(name.encode(), 0)) for name in ("succeeded", "failed", "cancelled")}
    return counts, pending + outstanding


def _write_off(counts: dict[str, int], total: int, *, cancelled: bool) -> None:
    """Count members that are neither open nor settled, so that their batch can end.

    No step of this module leaves one so; a release before did, and a Redis without a journal may.
    """
    counts["cancelled" if cancelled else "failed"] += total - sum(counts.values())


def _outcomes(jobs: Jobs, batch_id: str) -> list[dict[str, Any]]:
    raw = cast(dict[bytes, bytes], jobs.redis.hgetall(_key(batch_id, "outcomes")))
    found = []
    for name, outcome in sorted(raw.items()):
        meter_type, _, meter_id = name.decode().partition("/")
        found.append({"meter_type": meter_type, "meter_id": meter_id, **json.loads(outcome)})
    return found


def _last_words(counts: Mapping[str, int]) -> str:
    told = [f"{count:,} {name}" for name, count in counts.items() if count]
    return ", ".join(told) or "No meter"


def _meter(record: Mapping[str, Any]) -> dict[str, Any]:
    return {"meter_type": record["meter_type"], "meter_id": record["meter_id"]}


def _key(batch_id: str, name: str) -> str:
    return f"batch:{batch_id}:{name}"
