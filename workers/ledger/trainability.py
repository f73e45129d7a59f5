"""Meters whose readings refuse a training: nothing but zeros, one value, too many gaps.

An empty flat may have years of readings and never a model. What refused its training is noted in
the ledger (`workers.training.train_meter`), so that the seasonal naive answers for it and says why,
until a training succeeds. Light enough for the web process.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from data.meters import Meter
from data.revision import mark_of
from data.store import Store
from workers.ledger.flags import ONE_NIGHT

# How long a history must be for what; the web process refuses by it too.
TRAINABLE = timedelta(days=14)
"""From here on `ml` trains, so a model should answer."""
SHORTEST = timedelta(hours=23)
"""First to last reading of a meter too young for a model: each hour of the day once."""

UNTRAINABLE = "untrainable"
"""The ledger's fact: what is SHOWN, and `mark`, that of the readings (`data.revision`)."""
SHOWN = ("code", "message", "hint", "at")


def refusal_of(noted: Mapping[str, Any]) -> dict[str, Any] | None:
    """`{code, message, hint, at}` of the refusal among the facts of a meter, if there is one."""
    refusal = noted.get(UNTRAINABLE)
    return refusal and {name: refusal[name] for name in SHOWN}


def tried_in_vain(noted: Mapping[str, Any], store: Store, meter: Meter, *, now: datetime) -> bool:
    """Whether the last training was refused this night, or by the readings as they still are."""
    refusal = noted.get(UNTRAINABLE)
    if refusal is None:
        return False
    if now - datetime.fromisoformat(refusal["at"]) < ONE_NIGHT:
        return True
    span = store.span(meter)
    return span is None or mark_of(store, meter, span) == refusal["mark"]
