"""Tracing costs nothing where it is not asked for, and says what it lacks where it is."""

import importlib
import subprocess
import sys
from typing import Any

import pytest

from config import SettingsError, load_settings
from config.tracing import start_tracing

COLLECTOR = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}


def test_without_a_collector_nothing_is_imported() -> None:
    code = (
        "import sys; from config import load_settings; from config.tracing import start_tracing;"
        "assert not start_tracing(load_settings({}), role='api');"
        "assert not [name for name in sys.modules if name.startswith('opentelemetry')]"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_without_its_packages_it_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str, *_: Any) -> Any:
        raise ImportError(name)

    monkeypatch.setattr(importlib, "import_module", absent)
    with pytest.raises(SettingsError, match=r"energy-forecasting\[otel\]"):
        start_tracing(load_settings(COLLECTOR), role="api")
