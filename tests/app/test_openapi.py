"""What `/openapi.json` says of requests, and that answers about models are what it says."""

from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError
from jsonschema import validate as check
from redis import Redis

from app import create_app
from app.models.schemas import VersionSchema
from app.reference import specification
from config import load_settings
from data import Meter, open_store
from ml import train
from tests.ml.series import synthetic
from workers.registry import Registry
from workers.registry.registry import SHOWN
from workers.training.train_meter import store_model

METER = {"meter_type": "electricity", "meter_id": "m"}
DAYS = {"start_date": "2026-05-01", "end_date": "2026-05-02"}


@pytest.fixture(scope="module")
def spec() -> dict[str, Any]:
    return specification()


def schema(spec: dict[str, Any], name: str) -> dict[str, Any]:
    return {**spec, "$ref": f"#/components/schemas/{name}"}


def test_a_client_is_told_what_is_a_day_or_an_instant(spec: dict[str, Any]) -> None:
    asked = {
        f"{path} {one['name']}": one["schema"]
        for path, item in spec["paths"].items()
        for operation in item.values()
        for one in (operation.get("parameters", []) if isinstance(operation, dict) else [])
        if one.get("in") == "query"
    } | {
        f"{name} {field}": described
        for name, one in spec["components"]["schemas"].items()
        if name.endswith(("Request", "Batch"))
        for field, described in one["properties"].items()
    }
    times = {"start", "end", "start_date", "end_date", "as_of"}
    named = {name: found for name, found in asked.items() if name.split()[-1] in times}
    assert len(named) > 15
    for name, found in named.items():
        formats = [one["format"] for one in found.get("anyOf", [])]
        assert formats == ["date", "date-time"], name


@pytest.mark.parametrize("name", ["TrainBatch", "ForecastBatch"])
@pytest.mark.parametrize(
    ("body", "good"),
    [
        pytest.param({"meters": [METER]}, True, id="a-list"),
        pytest.param({"meter_type": "water"}, True, id="a-type"),
        pytest.param({"all": True}, True, id="all"),
        pytest.param({}, False, id="none"),
        pytest.param({"all": True, "meter_type": "water"}, False, id="two"),
        pytest.param({"meters": [METER], "all": True, "meter_type": "water"}, False, id="three"),
    ],
)
def test_a_batch_says_in_one_way_which_meters(
    spec: dict[str, Any], name: str, body: dict[str, Any], good: bool
) -> None:
    found = list(Draft202012Validator(schema(spec, name)).iter_errors({**body, **DAYS}))
    assert (not found) is good


def test_the_words_of_a_batch_that_says_two_are_ours() -> None:
    client = create_app().test_client()
    answer = client.post("/trainmodel/batch", json={"all": True, "meter_type": "water"})
    assert answer.status_code == 422
    assert "one of meters, meter_type or all" in str(answer.json["errors"])


def test_all_that_is_told_of_a_version_is_described() -> None:
    own = {"version", "aliases", "reason"}
    assert set(VersionSchema().fields) == own | set(SHOWN)


def test_a_meter_with_models_is_answered_as_is_promised(
    spec: dict[str, Any], redis_url: str, tmp_path: Path
) -> None:
    models = str(tmp_path / "models")
    settings = load_settings(
        {"REDIS_URL": redis_url, "STATE_DIR": str(tmp_path), "MODEL_STORE_URL": models}
    )
    readings, meter = synthetic(days=30).readings, Meter(**METER)
    store = open_store(settings)
    store.put_meter(meter)
    store.write_readings(meter, readings)
    registry = Registry(settings.model_store_url, Redis.from_url(redis_url))
    model = train(readings, meter=meter)
    first, _, _ = store_model(registry, meter, model)
    store_model(registry, meter, model, instead_of=first)
    client = create_app(settings).test_client()
    answers = [
        client.get("/models/electricity/m"),
        client.post("/models/electricity/m/rollback", json={}),
        client.post(f"/models/electricity/m/{first}/promote", json={"reason": "ours"}),
    ]
    for answer in answers:
        assert answer.status_code == 200
        assert set(answer.json["versions"][0]) == set(VersionSchema().fields)
        check(answer.json, schema(spec, "Models"), cls=Draft202012Validator)
    registry.forget(meter.meter_type, meter.meter_id)  # Redis is shared with other tests
    with pytest.raises(ValidationError):
        check({"surprise": 1}, schema(spec, "Models"), cls=Draft202012Validator)
