"""All meters as lines that can be searched, filtered and sorted, ten thousand without lag.

Reading the lines takes a tenth of a second for ten thousand meters, so a process keeps them for
some seconds; choosing a page from them takes a few milliseconds.
"""

import re
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from redis import Redis

from app.services import Services
from data.store import Listed
from workers.ledger import Ledger

KEPT_SECONDS = 5.0
"""Shorter than anybody waits for a meter to appear; a table that is paged through needs no more."""

STALE = timedelta(days=2)
"""A meter that reports once a day and missed one report is not late yet."""

MADE_AT = re.compile(r"(\d{8}T\d{6})\d*Z")
"""What the name of a model version begins with."""

CHUNK = 2000
"""Redis commands sent at once: other clients get their turn in between."""


@dataclass(frozen=True)
class Line:
    """A meter as the overview searches and sorts it."""

    meter_type: str
    meter_id: str
    name: str | None
    last: datetime | None
    champion: str | None
    skill: float | None
    """Yesterday's, 1 - error / error of the seasonal naive; None where nothing was scored."""
    flagged: bool = False

    @property
    def key(self) -> str:
        return f"{self.meter_type}/{self.meter_id}"

    @property
    def trained_at(self) -> datetime | None:
        """When the model that serves was made: its version begins with the time."""
        if self.champion is None:
            return None
        made = MADE_AT.match(self.champion)
        return datetime.strptime(made[1], "%Y%m%dT%H%M%S").replace(tzinfo=UTC) if made else None


SORTS: dict[str, Callable[[Line], Any]] = {
    "meter": lambda line: line.key,
    "last": lambda line: line.last,
    "model": lambda line: line.trained_at,
    "skill": lambda line: line.skill,
}
"""What the overview may be sorted by; None comes last in either order."""

SHOWN: dict[str, Callable[[Line, datetime], bool]] = {
    "all": lambda line, now: True,
    "attention": lambda line, now: line.flagged or (line.skill is not None and line.skill < 0),
    "untrained": lambda line, now: line.champion is None,
    "stale": lambda line, now: line.last is None or now - line.last > STALE,
}
"""Which meters are asked for: `attention`: those with a flag, or worse than the naive yesterday."""


def select(
    lines: Iterable[Line],
    *,
    now: datetime,
    meter_type: str | None = None,
    search: str = "",
    show: str = "all",
    sort: str = "meter",
    descending: bool = False,
) -> list[Line]:
    """The lines asked for, in order. `search` is looked for in ids and names, any case."""
    wanted, words = SHOWN[show], search.strip().lower()
    found = [
        line
        for line in lines
        if (meter_type is None or line.meter_type == meter_type)
        and (not words or words in f"{line.key} {line.name or ''}".lower())
        and wanted(line, now)
    ]
    key = SORTS[sort]
    known = sorted((line for line in found if key(line) is not None), key=key, reverse=descending)
    return known + [line for line in found if key(line) is None]


def catalogue(s: Services) -> Sequence[Line]:
    """The lines of all meters, not older than `KEPT_SECONDS`."""
    now = time.monotonic()
    kept = _kept.get(id(s))
    if kept is None or now - kept[0] > KEPT_SECONDS:
        kept = (now, _read(s))
        _kept[id(s)] = kept
    return kept[1]


_kept: dict[int, tuple[float, list[Line]]] = {}


def _read(s: Services) -> list[Line]:
    listed = s.store.listing()
    champions = _champions(s.jobs.redis, listed)
    ledger = Ledger(s.jobs.redis)
    skill, flagged = dict(ledger.worst(max(len(listed), 1))), ledger.flagged()
    return [
        Line(
            one.meter_type,
            one.meter_id,
            one.name,
            one.last,
            champion,
            skill.get(f"{one.meter_type}/{one.meter_id}"),
            f"{one.meter_type}/{one.meter_id}" in flagged,
        )
        for one, champion in zip(listed, champions, strict=True)
    ]


def _champions(redis: "Redis", listed: Sequence[Listed]) -> list[str | None]:
    """The version that serves each meter; the registry keeps its aliases in `model:{key}`."""
    found: list[str | None] = []
    for start in range(0, len(listed), CHUNK):
        with redis.pipeline(transaction=False) as pipe:
            for one in listed[start : start + CHUNK]:
                pipe.hget(f"model:{one.meter_type}/{one.meter_id}", "champion")
            answers = cast(list[bytes | None], pipe.execute())
        found += [None if raw is None else raw.decode() for raw in answers]
    return found
