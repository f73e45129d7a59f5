"""`energy weather`: fetching the past and showing what is stored."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from cli import energy
from config import load_settings
from config.errors import EnergyError
from data import Meter, open_store
from tests.weather.open_meteo_server import OpenMeteoServer, refusing

METER = Meter("electricity", "home", latitude=45.07, longitude=7.69)
FETCH = ["weather", "fetch", "--meter", METER.key]


@pytest.fixture
def command(server: OpenMeteoServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    for name, value in {
        "STATE_DIR": str(tmp_path),
        "WEATHER_BASE_URL": server.url,
        "WEATHER_PROVIDER": "open-meteo",
        "REDIS_URL": "redis://127.0.0.1:9/0",
        "COLUMNS": "200",
    }.items():
        monkeypatch.setenv(name, value)
    store = open_store(load_settings())
    store.put_meter(METER)
    last = pd.Timestamp(datetime.now(UTC)).floor("h")
    index = pd.date_range(last - timedelta(days=20), last, freq="h", name="time")
    store.write_readings(METER, pd.Series(1.0, index=index))
    return CliRunner()


def test_fetching_twice_asks_once(command: CliRunner, server: OpenMeteoServer) -> None:
    done = command.invoke(energy, FETCH)
    assert done.exit_code == 0, done.output
    assert "3 requests for 1 places" in done.output
    assert sorted(server.hosts()) == ["api", "historical-forecast-api", "previous-runs-api"]
    again = command.invoke(energy, ["weather", "fetch", "--all"])
    assert "0 requests for 1 places" in again.output


def test_showing_names_sources_and_grades(command: CliRunner) -> None:
    command.invoke(energy, FETCH)
    shown = command.invoke(energy, ["weather", "show", "--meter", METER.key])
    assert shown.exit_code == 0, shown.output
    for word in ("forecast", "previous_run", "historical_forecast", "temperature"):
        assert word in shown.output


def test_a_failure_is_said(command: CliRunner, server: OpenMeteoServer) -> None:
    server.always = refusing(400, "Value of type 'Double' required")
    done = command.invoke(energy, FETCH)
    assert isinstance(done.exception, EnergyError)
    assert "'Double' required" in str(done.exception)


@pytest.mark.parametrize(
    "arguments",
    [["weather", "fetch"], ["weather", "fetch", "--meter", "home"], [*FETCH, "--all"]],
    ids=["neither", "no type", "both"],
)
def test_wrong_arguments(command: CliRunner, arguments: list[str]) -> None:
    done = command.invoke(energy, arguments)
    assert isinstance(done.exception, EnergyError)
