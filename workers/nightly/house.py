"""Everything that nightly work touches."""

from dataclasses import dataclass, replace
from functools import lru_cache

from config import Settings
from data import open_store
from data.store import Store
from workers.jobs import process_jobs
from workers.ledger import Ledger
from workers.registry import Registry
from workers.serving import Desk, open_desk


@dataclass(frozen=True)
class House:
    """Everything that nightly work touches."""

    settings: Settings
    store: Store
    desk: Desk

    @property
    def registry(self) -> Registry:
        return self.desk.registry

    @property
    def ledger(self) -> Ledger:
        return self.desk.ledger


@lru_cache(maxsize=1)
def process_house(pid: int) -> House:
    """What this process works on: a child must not share its parent's connections (`pid`)."""
    jobs = process_jobs(pid)
    store = open_store(jobs.settings)
    return House(jobs.settings, store, replace(open_desk(jobs, store), keeps_warm=False))
