"""Places by name and by coordinates, and what follows from them."""

import pytest

from config.errors import InvalidRequest, UnknownPlace
from data.editing.place import placed, to_look_up
from tests.weather.open_meteo_server import OpenMeteoServer, breaking, refusing
from weather.locations import locate
from weather.providers import OpenMeteo


@pytest.mark.parametrize(
    ("text", "country", "zone"),
    [
        pytest.param("45.07, 7.69", "IT", "Europe/Rome", id="Turin"),
        pytest.param("59.91;10.75", "NO", "Europe/Oslo", id="Oslo"),
        pytest.param("-37.81 144.96", "AU", "Australia/Melbourne", id="south"),
        pytest.param("41.9022,12.4533", "VA", "Europe/Vatican", id="a city that is a country"),
        pytest.param("40.0,-83.0", "US", "America/New_York", id="west"),
    ],
)
def test_coordinates_tell_country_and_zone(text: str, country: str, zone: str) -> None:
    found = locate(text)
    assert (found.country, found.timezone, found.place) == (country, zone, None)


def test_at_sea_there_is_a_zone_and_no_country() -> None:
    found = locate("0.0, -30.0")
    assert found.country is None
    assert found.timezone == "Etc/GMT+2"


@pytest.mark.parametrize(
    ("text", "place", "near"),
    [
        pytest.param("Turin", "Turin, IT", (45.07, 7.69), id="name"),
        pytest.param("torino, Italy", "Turin, IT", (45.07, 7.69), id="local name and country"),
        pytest.param("Zurich", "Zürich, CH", (47.37, 8.55), id="without the accent"),
        pytest.param("Paris", "Paris, FR", (48.85, 2.35), id="the largest of a name"),
        pytest.param("Paris, US", "Paris, US", (33.66, -95.56), id="the one of a country"),
        pytest.param(
            "Springfield, IL", "Springfield, US", (39.80, -89.64), id="the one of a state"
        ),
    ],
)
def test_names(text: str, place: str, near: tuple[float, float]) -> None:
    found = locate(text)
    assert found.place == place
    assert (found.latitude, found.longitude) == pytest.approx(near, abs=0.02)
    assert found.timezone


def test_what_the_gazetteer_lacks_is_asked_of_the_service(
    server: OpenMeteoServer, provider: OpenMeteo
) -> None:
    found = locate("Turin Hamlet, US", provider)
    assert (found.place, found.timezone) == ("Turin, US", "America/New_York")
    assert server.asked[0].params["name"] == "Turin Hamlet"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        pytest.param(
            breaking(200, '{"generationtime_ms":0.5}'), "not in the gazetteer", id="unknown"
        ),
        pytest.param(refusing(400, "Parameter count"), "Parameter count", id="refused"),
    ],
)
def test_a_place_that_nobody_knows(
    server: OpenMeteoServer, provider: OpenMeteo, answer: object, words: str
) -> None:
    server.always = answer  # type: ignore[assignment]
    with pytest.raises(UnknownPlace, match=words) as caught:
        locate("Qwertzuiopolis", provider)
    assert caught.value.detail["field"] == "location"


@pytest.mark.parametrize("text", ["95, 7", "45, 181"])
def test_coordinates_off_the_globe(text: str) -> None:
    with pytest.raises(InvalidRequest):
        locate(text)


ROME = {"latitude": 41.9, "longitude": 12.5, "country": "IT", "timezone": "Europe/Rome"}
FOUND = {**ROME, "place": "Rome, IT"}
PUT_ELSEWHERE = {"latitude": 40.7, "longitude": -74.0, "country": "US"}


@pytest.mark.parametrize(
    ("old", "changes", "wanted"),
    [
        pytest.param({}, {"name": "x"}, None, id="nothing about the place"),
        pytest.param({}, {"location": "Rome"}, "Rome", id="a name"),
        pytest.param({}, {"latitude": 1.5, "longitude": 2.0}, "1.500000,2.000000", id="numbers"),
        pytest.param(ROME, {"latitude": 41.9, "longitude": 12.5}, None, id="where it is already"),
        pytest.param({}, {**ROME}, None, id="all said"),
        pytest.param(ROME, {"latitude": 42.0}, "42.000000,12.500000", id="half of it"),
    ],
)
def test_what_must_be_looked_up(
    old: dict[str, object], changes: dict[str, object], wanted: str | None
) -> None:
    assert to_look_up(old, changes) == wanted


def test_a_name_and_numbers_are_too_much() -> None:
    with pytest.raises(InvalidRequest):
        to_look_up({}, {"location": "Rome", "latitude": 1.0, "longitude": 2.0})


@pytest.mark.parametrize(
    ("old", "changes", "wanted"),
    [
        pytest.param({}, {"location": "Rome"}, FOUND, id="a new meter"),
        pytest.param(
            {"timezone": "UTC", "country": None}, {"location": "Rome"}, FOUND, id="nothing said yet"
        ),
        pytest.param(
            {"timezone": "Europe/Berlin"},
            {"location": "Rome"},
            {**FOUND, "timezone": "Europe/Berlin"},
            id="the zone was said before",
        ),
        pytest.param(
            PUT_ELSEWHERE,
            {"location": "Rome", "country": "SM"},
            {**FOUND, "country": "SM"},
            id="moved, the country said now",
        ),
        pytest.param(
            {},
            {"latitude": 41.9, "longitude": 12.5},
            {**ROME, "place": None},
            id="coordinates have no name",
        ),
    ],
)
def test_what_follows(
    old: dict[str, object], changes: dict[str, object], wanted: dict[str, object]
) -> None:
    assert placed(old, changes, FOUND) == wanted
