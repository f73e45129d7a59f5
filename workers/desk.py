"""The desk of a process: registry, ledger, the models it keeps warm, shapes for young meters."""

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from data.meters import Meter
from data.store import Store
from workers.jobs import Jobs
from workers.ledger import Ledger
from workers.models import WarmModels
from workers.profiles import similar_shapes
from workers.registry import Registry
from workers.serving import Desk

if TYPE_CHECKING:  # ml is imported by the child that uses it (see `workers.tasks`)
    from ml.profiles import Shape


@lru_cache(maxsize=1)
def warm_models(megabytes: int) -> WarmModels:
    """The warm models of this process."""
    return WarmModels(megabytes * 2**20)


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
