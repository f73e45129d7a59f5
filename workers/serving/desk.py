"""The desk of a process: registry, ledger, the models it keeps warm, shapes for young meters."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from config import Settings
from data.meters import Meter
from data.store import Store
from workers.jobs import Jobs
from workers.ledger import Ledger
from workers.registry import Registry
from workers.services import warm_models
from workers.serving.shapes import similar_shapes
from workers.warm_models import WarmModels

if TYPE_CHECKING:  # ml is imported by the child that uses it (see `workers.tasks`)
    from ml.forecasting.profiles import Shape


@dataclass(frozen=True)
class Desk:
    """What answering needs beside the meter.

    keeps_warm: whether a model that was loaded to answer stays in memory. A night that goes through
    ten thousand meters must not push out those that people ask for.
    """

    settings: Settings
    registry: Registry
    ledger: Ledger
    warm: WarmModels
    shapes: Callable[[Meter], "Sequence[Shape]"]
    keeps_warm: bool = True


def open_desk(jobs: Jobs, store: Store) -> Desk:
    """A desk on the process's own connections; what it keeps warm, all its desks share."""

    def shapes(meter: Meter) -> "Sequence[Shape]":
        return similar_shapes(store, jobs.redis, meter)

    return Desk(
        settings=jobs.settings,
        registry=Registry(jobs.settings.model_store_url, jobs.redis),
        ledger=Ledger(jobs.redis),
        warm=warm_models(jobs.settings.model_cache_mb),
        shapes=shapes,
    )
