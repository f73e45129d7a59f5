"""Putting a meter by the name of a place, over HTTP and from the command line."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from cli import energy
from tests.platform import Platform


def test_a_named_place_gives_position_country_and_zone(platform: Platform) -> None:
    answer = platform.http.put("/meters/water/placed_1", json={"location": "Melbourne"})
    assert answer.status_code == 201, answer.text
    meter = answer.json()
    assert (meter["country"], meter["timezone"]) == ("AU", "Australia/Melbourne")
    assert meter["place"] == "Melbourne, AU"
    assert (meter["latitude"], meter["longitude"]) == pytest.approx((-37.81, 144.96), abs=0.01)
    assert "location" not in meter
    assert platform.http.get("/meters/water/placed_1").json()["place"] == "Melbourne, AU"


def test_coordinates_give_country_and_zone_unless_they_are_said(platform: Platform) -> None:
    body = {"latitude": 60.17, "longitude": 24.94, "country": "SE"}
    meter = platform.http.put("/meters/water/placed_2", json=body).json()
    assert (meter["country"], meter["timezone"]) == ("SE", "Europe/Helsinki")
    moved = platform.http.put("/meters/water/placed_2", json={"location": "47.37, 8.55"}).json()
    assert (moved["country"], moved["timezone"]) == ("CH", "Europe/Zurich")
    renamed = platform.http.put("/meters/water/placed_2", json={"name": "Lake"}).json()
    assert (renamed["latitude"], renamed["country"]) == (47.37, "CH")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        pytest.param({"location": "Qwertzuiopolis"}, "unknown_place", id="no such place"),
        pytest.param({"location": "99, 7"}, "invalid_request", id="off the globe"),
        pytest.param(
            {"location": "Turin", "latitude": 1, "longitude": 2}, "invalid_request", id="both"
        ),
        pytest.param({"location": ""}, "invalid_request", id="empty"),
    ],
)
def test_places_that_cannot_be(platform: Platform, body: dict[str, object], code: str) -> None:
    answer = platform.http.put("/meters/water/placed_3", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, code), answer.text
    assert platform.http.get("/meters/water/placed_3").status_code == 404


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.setenv("STATE_DIR", str(tmp_path))
    monkeypatch.setenv("WEATHER_PROVIDER", "none")
    return CliRunner()


def test_the_command_puts_a_meter_too(command: CliRunner) -> None:
    ids = ["meters", "set", "--meter-type", "electricity", "--meter-id", "home"]
    done = command.invoke(energy, [*ids, "--location", "Turin, IT", "--name", "Home"])
    assert done.exit_code == 0, done.output
    assert "Europe/Rome" in done.output
    done = command.invoke(energy, [*ids, "--unit", "Wh"])
    assert "Wh  Europe/Rome  IT  Turin, IT" in done.output
    listed = command.invoke(energy, ["meters"])
    assert "electricity/home" in listed.output
