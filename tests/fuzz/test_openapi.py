"""Every documented operation, asked for everything its schema allows and what it does not.

Schemathesis reads `/openapi.json` and invents the requests; its checks compare what comes back
with what the document promises.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from data.meters import Meter
from ml import train
from tests.ml.series import synthetic
from tests.platform import Platform
from tests.reliability import note_inputs
from workers.registry import Registry
from workers.training.train_meter import store_model

READINGS = synthetic(days=30).readings
TRAINED = Meter("electricity", "fuzzed", timezone="Europe/Rome", country="IT")
GOING = Meter("electricity", "going")
"""The one that is deleted (`schemathesis.toml`), so that the other stays."""

KEY = "a-key-for-schemathesis-and-nobody-else"
EXAMPLES = 4
"""Invented requests per operation and phase: about a thousand in all, in half a minute."""

LEFT_OUT = r"stream|^/health/(worker)?$"
"""Streams, which end when they like; health, which rightly answers 503 without workers."""

EXCEPT = "positive_data_acceptance,use_after_free"
"""Not asked: that all a schema allows is accepted (no schema knows which zones and dates exist),
and that a job is gone after DELETE, which cancels it."""


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Platform]:
    with Platform(
        tmp_path,
        roles=("api", "worker-maintenance"),
        API_KEYS="always",
        BOOTSTRAP_API_KEY=KEY,
        RATE_LIMIT="",
    ) as running:
        for meter in (TRAINED, GOING):
            running.store.put_meter(meter)
            running.store.write_readings(meter, READINGS)
        yield running


@pytest.fixture
def version(api: Platform) -> str:
    """The champion of a meter that has another version to go back to."""
    settings = api.settings
    registry = Registry(settings.model_store_url, api.jobs.redis)
    model = train(READINGS, meter=TRAINED)
    first, _, _ = store_model(registry, TRAINED, model)
    champion, promoted, _ = store_model(registry, TRAINED, model, instead_of=first)
    assert promoted
    return champion


@pytest.fixture
def config(version: str, tmp_path: Path) -> Path:
    """What schemathesis is told: ids that exist, so that requests reach what lies behind them."""
    text = Path(__file__).with_name("schemathesis.toml").read_text(encoding="utf-8")
    file = tmp_path / "schemathesis.toml"
    file.write_text(text.replace("{version}", version), encoding="utf-8")
    return file


@pytest.mark.timeout(600)
def test_what_the_document_promises_holds(api: Platform, config: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    run = subprocess.run(
        [
            str(Path(sys.executable).parent / "schemathesis"),
            "--config-file", str(config),
            "run", f"{api.url}/openapi.json", "--header", f"Authorization: Bearer {KEY}",
            "--checks", "all", "--exclude-checks", EXCEPT, "--exclude-path-regex", LEFT_OUT,
            "--max-examples", str(EXAMPLES), "--generation-deterministic", "--no-color",
            "--request-timeout", "60", "--max-response-time", "60", "--report", "json", "--report-json-path", str(report),
        ],
        cwd=tmp_path, capture_output=True, text=True, timeout=580, check=False,
    )  # fmt: skip

    assert run.returncode == 0, run.stdout[-8000:]
    assert "Traceback" not in api.output("api")
    left = api.http.get("/models/electricity/fuzzed", headers={"Authorization": f"Bearer {KEY}"})
    assert len(left.json()["versions"]) == 2, "the meter with models was asked for to the end"
    tried = json.loads(report.read_text())["test_cases"]["generated"]
    assert tried > 500
    note_inputs(
        "requests made from `/openapi.json` (schemathesis, its checks but two)",
        tried=tried,
        result="no 5xx, no answer that is not documented",
    )
