"""What each process imports: a web process models nothing, a worker is never patched."""

import json
import subprocess
import sys

import pytest

PROBE = """
import json, sys
import {module}
patched = False
if "gevent" in sys.modules:
    from gevent import monkey
    patched = monkey.is_module_patched("socket")
print(json.dumps({{"modules": sorted(m.split(".")[0] for m in sys.modules), "patched": patched}}))
"""


def imported_by(module: str) -> tuple[set[str], bool]:
    answer = subprocess.run(
        [sys.executable, "-c", PROBE.format(module=module)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    facts = json.loads(answer.stdout.splitlines()[-1])
    return set(facts["modules"]), facts["patched"]


def test_the_web_process_is_patched_and_never_models() -> None:
    modules, patched = imported_by("app.wsgi")
    assert patched
    assert not modules & {"xgboost", "ml", "weather"}


def test_a_fresh_web_process_has_not_loaded_what_only_frames_need() -> None:
    """Half of its memory would be pandas, which following jobs does not need."""
    modules, _ = imported_by("app.wsgi")
    assert not modules & {"pandas", "numpy", "pyarrow", "pint", "influxdb"}


@pytest.mark.parametrize("module", ["workers.main", "workers.tasks"])
def test_a_worker_is_never_patched_and_its_parent_has_no_xgboost(module: str) -> None:
    modules, patched = imported_by(module)
    assert not patched
    assert not modules & {"xgboost", "ml", "flask"}


def test_ml_stands_alone() -> None:
    modules, _ = imported_by("ml")
    ours = {"app", "cli", "config", "data", "weather", "workers"}
    assert not modules & (ours | {"flask", "celery", "redis", "requests"})
