"""What other processes do to a store in the tests; a module, so that they can import it."""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from data import Meter
from data.embedded import EmbeddedStore

START = datetime(2024, 1, 1, tzinfo=UTC)
BATCH = 500
SHARED = Meter("electricity", "shared")


def batch(number: int) -> pd.Series:
    """The readings of one write: each follows the one before."""
    index = pd.date_range(START + timedelta(hours=number * BATCH), periods=BATCH, freq="h")
    return pd.Series(np.full(BATCH, float(number)), index=index)


def read_until(path: Path, wanted: int) -> int:
    """Read again and again until `wanted` readings are there; how many reads were half a write."""
    store, torn = EmbeddedStore(path), 0
    while True:
        found = len(store.readings(SHARED))
        torn += found % BATCH != 0
        if found >= wanted:
            return torn


def write_own_and_shared(path: Path, writer: int, batches: int) -> int:
    """Write to a meter of one's own and to one that every writer writes to."""
    store = EmbeddedStore(path)
    for number in range(batches):
        store.write_readings(Meter("electricity", f"own_{writer}"), batch(number))
        store.write_readings(SHARED, batch(number))
    return store.tally(SHARED).count


def write_for_ever(path: Path) -> None:
    """Write batch after batch, and say so after each: what was said must survive a kill."""
    store, number = EmbeddedStore(path), 0
    while True:
        store.write_readings(SHARED, batch(number))
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()
        number += 1


if __name__ == "__main__":
    write_for_ever(Path(sys.argv[1]))
