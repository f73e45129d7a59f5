"""Keys for some meters only: what such a key sees, and what it can't ask for.

Whatever names no meter is refused to it, unless it is listed here as filtered by its view.
"""

from collections.abc import Iterator
from typing import Any

from flask import g, request

from app.services import services
from config.errors import Forbidden, UnknownJob
from workers.api_keys import Key
from workers.jobs import Record

FILTERED = frozenset(
    {"meters.index", "overview.index", "jobs.index", "health.health", "health.worker",
     "dashboard.index", "dashboard.jobs", "dashboard.import_page", "dashboard.health",
     "preview.preview", "stream_tokens.create"}
)  # fmt: skip
"""Endpoints that name no meter and still are for every key: they show only what it sees or sent."""


def may_see(meter: str) -> bool:
    """Whether the key of this request reaches the meter `type/id`; always where none is needed."""
    key: Key | None = g.get("key")
    return key is None or key.sees(meter)


def may_see_all() -> bool:
    """Whether the key of this request reaches every meter, and so may know what they sum up to."""
    key: Key | None = g.get("key")
    return key is None or not key.meters


def may_see_job(record: Record, owner: str) -> bool:
    """Whether the key of this request asked for a job (as `owner`), or reaches its meter."""
    key: Key | None = g.get("key")
    return key is None or _reaches(key, record, owner)


def check_meters(key: Key) -> None:
    """Refuse a request that reaches beyond the meters of its key.

    :raises Forbidden: a meter that is not the key's, or no meter at all.
    :raises UnknownJob: a job that is not about the key's meters, as if it did not exist.
    """
    args = request.view_args or {}
    if request.endpoint is None or request.endpoint in FILTERED:
        return
    if "meter_id" in args:
        named = [f"{args.get('meter_type')}/{args['meter_id']}"]
    elif "task_id" in args:
        _check_job(key, args["task_id"])
        return
    elif request.endpoint == "jobs.stream_all" and (followed := list(_followed())):
        for job_id in followed:
            _check_job(key, job_id)
        return
    else:
        named = list(_in_body(request.get_json(silent=True)))
    beyond = [meter for meter in named if not key.sees(meter)]
    if beyond or not named:
        raise Forbidden(
            f"The key {key.name!r} reaches only meters that begin with {key.meters!r}.",
            hint="Name meters of this key, or use a key without --meters.",
            beyond=beyond[:10],
        )


def _followed() -> Iterator[str]:
    """The jobs that a stream of several names; none means all (`ids=,` names none)."""
    yield from filter(None, request.args.get("ids", "").split(","))
    yield from filter(None, [request.args.get("batch")])


def _check_job(key: Key, job_id: str) -> None:
    entry = services().jobs.read(job_id)
    if not _reaches(key, entry.record, entry.fields.get("owner", "")):
        raise UnknownJob(f"There is no job {job_id!r}.")


def _reaches(key: Key, record: Record, owner: str) -> bool:
    # A batch has no meter: it is its owner's.
    return owner == key.name or key.sees(f"{record['meter_type']}/{record['meter_id']}")


def _in_body(body: Any) -> Iterator[str]:
    """The meters that a body names; a wrong body names none or is refused by its schema."""
    if not isinstance(body, dict):
        return
    several = body.get("meters")
    for one in [body, *(several if isinstance(several, list) else ())]:
        if isinstance(one, dict) and "meter_id" in one:
            yield f"{one.get('meter_type')}/{one['meter_id']}"
