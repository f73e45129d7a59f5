"""A meter that is deleted while readings of it are imported stays deleted."""

import io
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from config import load_settings
from config.errors import UnknownMeter
from data import Meter, Store, open_store
from data.importers.bodies import import_body
from data.importers.importing import PIECE, READ_SHARE

GONE = Meter("water", "gone")
TIMES = pd.date_range("2026-01-01", periods=2 * PIECE, freq="min", tz="UTC")
BODY = pd.DataFrame({"time": TIMES, "value": 1.0}).to_csv(index=False).encode()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(load_settings({"STATE_DIR": str(tmp_path)}))
    opened.put_meter(GONE)
    yield opened
    opened.close()


def test_an_import_does_not_bring_a_deleted_meter_back(store: Store) -> None:
    """It came back, with the pieces that were written after it was deleted."""
    written: list[int] = []

    def delete_after_the_first_piece(fraction: float, rows: int) -> None:
        if fraction > READ_SHARE:  # all is read before the first piece is written
            written.append(rows)
        if len(written) == 1:
            store.delete_meter(GONE)

    with pytest.raises(UnknownMeter):
        import_body(
            store, GONE, io.BytesIO(BODY), form="csv", options={},
            progress=delete_after_the_first_piece,
        )  # fmt: skip

    assert len(written) == 1
    assert store.meters() == []


def test_an_import_that_begins_after_the_deletion_adds_no_meter(store: Store) -> None:
    store.delete_meter(GONE)
    with pytest.raises(UnknownMeter):
        import_body(store, GONE, io.BytesIO(BODY), form="csv", options={})
    assert store.meters() == []
