"""A meter that is deleted takes its open jobs along, and what they made too late."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from app import create_app
from config import load_settings
from config.errors import UnknownMeter
from data.embedded import EmbeddedStore
from data.meters import Meter
from workers.deletion import take_back_if_deleted
from workers.jobs import Jobs, attempts
from workers.ledger import Ledger
from workers.nightly.house import House
from workers.nightly.tidying import tidy
from workers.registry import Registry
from workers.serving import Desk
from workers.states import Kind
from workers.warm_models import WarmModels

NOW = datetime(2026, 5, 4, tzinfo=UTC)
METER = Meter("water", "m1")
IDS = (METER.meter_type, METER.meter_id)


def test_deleting_a_meter_cancels_its_open_jobs(jobs: Jobs, tmp_path: Path) -> None:
    given = {
        "REDIS_URL": jobs.settings.redis_url,
        "STATE_DIR": str(tmp_path),
        "MODEL_STORE_URL": str(tmp_path / "models"),
    }
    app = create_app(load_settings(given))
    for meter_id in ("m1", "m11"):
        app.extensions["energy"].store.put_meter(Meter("water", meter_id))
    waiting, running, ended, others = (
        jobs.submit(Kind.TRAIN, {}, meter_type="water", meter_id=meter_id).record["task_id"]
        for meter_id in ("m1", "m1", "m1", "m11")
    )
    run = attempts.take(jobs, running, 1, worker="one")
    assert run
    jobs.cancel(ended)

    assert app.test_client().delete("/meters/water/m1").status_code == 204

    status = {one: jobs.read(one).record["status"] for one in (waiting, ended, others)}
    assert status == {waiting: "cancelled", ended: "cancelled", others: "queued"}
    assert jobs.read(running).fields["cancel"] == "1"


@pytest.fixture
def house(jobs: Jobs, tmp_path: Path) -> Iterator[House]:
    store = EmbeddedStore(tmp_path / "readings.db")
    store.put_meter(METER)
    registry = Registry(str(tmp_path / "models"), jobs.redis)
    desk = Desk(jobs.settings, registry, Ledger(jobs.redis), WarmModels(1), lambda meter: [])
    yield House(jobs.settings, store, desk)
    store.close()


def train(house: House, folder: Path) -> str:
    """Store a model, as a training does as its last step."""
    version = house.registry.add(*IDS, _folder(folder))
    house.registry.promote(*IDS, version)
    house.ledger.note(METER.key, untrainable=None, serving="model")
    return version


def traces(house: House) -> list[Any]:
    """What there is of the meter beside the catalogue."""
    facts = {**house.ledger.read(METER.key)}
    return [
        *house.registry.versions_store.files(*IDS),
        *house.registry.aliases(*IDS),
        *(name for name in facts if name != "flags"),
    ]


def test_a_training_that_ends_after_its_meter_takes_its_model_back(
    house: House, tmp_path: Path
) -> None:
    version = train(house, tmp_path / "one")
    take_back_if_deleted(house.store, house.registry, house.ledger, METER)
    assert house.registry.champion(*IDS) == version, "the meter is still there"

    house.store.delete_meter(METER)
    with pytest.raises(UnknownMeter):
        take_back_if_deleted(house.store, house.registry, house.ledger, METER)
    assert traces(house) == []


def test_a_model_that_is_stored_while_its_meter_is_being_deleted_goes_too(
    jobs: Jobs, house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the models and the catalogue: the training still finds its meter."""
    given = {
        "REDIS_URL": jobs.settings.redis_url,
        "STATE_DIR": str(tmp_path),
        "MODEL_STORE_URL": str(tmp_path / "models"),
    }
    app = create_app(load_settings(given))
    store = app.extensions["energy"].store
    store.put_meter(METER)
    delete = type(store).delete_meter

    def delete_late(self: Any, meter: Meter) -> None:
        train(house, tmp_path / "late")
        take_back_if_deleted(self, house.registry, house.ledger, meter)
        delete(self, meter)

    monkeypatch.setattr(type(store), "delete_meter", delete_late)
    assert app.test_client().delete(f"/meters/{METER.key}").status_code == 204
    assert traces(house) == []


def test_what_a_killed_training_left_goes_in_the_night(house: House, tmp_path: Path) -> None:
    """Its worker died between storing the model and looking for the meter."""
    other = Meter("water", "elsewhere")
    house.registry.add(other.meter_type, other.meter_id, _folder(tmp_path / "elsewhere"))
    house.registry.forget(*IDS)
    house.store.delete_meter(METER)
    train(house, tmp_path / "one")

    tidy(house, now=NOW)

    assert traces(house) == []
    assert house.registry.versions_store.meters() == [(other.meter_type, other.meter_id)], (
        "nobody deleted it: the catalogue may be that of another store"
    )


def test_a_meter_that_came_back_keeps_its_new_models(house: House, tmp_path: Path) -> None:
    house.registry.forget(*IDS)
    version = train(house, tmp_path / "one")
    tidy(house, now=NOW)
    house.store.delete_meter(METER)  # by another program: nobody asked for its models to go
    tidy(house, now=NOW)
    assert house.registry.champion(*IDS) == version


def _folder(path: Path) -> Path:
    path.mkdir()
    (path / "meta.json").write_text("{}")
    return path
