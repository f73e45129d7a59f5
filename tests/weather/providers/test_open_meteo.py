"""The client against a server that answers, and fails, as Open-Meteo documents."""

from datetime import UTC, date, datetime

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.errors import WeatherUnavailable
from tests.processes import free_port
from tests.weather.open_meteo_server import (
    CONCURRENT,
    DAILY,
    HOURLY,
    MINUTELY,
    Answer,
    OpenMeteoServer,
    breaking,
    half,
    literally,
    refusing,
    slow,
)
from weather.http import Asker, Limited, Refused, Unreachable
from weather.provider import Place, Product
from weather.providers import OpenMeteo
from weather.providers.open_meteo import frame_of, weight

TURIN, BERLIN = Place(45.1, 7.7), Place(52.5, 13.4)
DAYS = (date(2026, 3, 31), date(2026, 4, 1))
SIX = (
    "temperature",
    "humidity",
    "apparent_temperature",
    "precipitation",
    "wind_speed",
    "solar_radiation",
)


def hours(*texts: str) -> list[pd.Timestamp]:
    return [pd.Timestamp(text, tz="UTC") for text in texts]


def test_a_forecast_as_documented(server: OpenMeteoServer, provider: OpenMeteo) -> None:
    server.failures.append(literally("forecast.json"))
    (frame,) = provider.fetch(Product.FORECAST, [TURIN], SIX, *DAYS)
    asked = server.asked[0]
    assert (asked.host, asked.path) == ("api", "/v1/forecast")
    assert asked.params == {
        "latitude": "45.1",
        "longitude": "7.7",
        "hourly": "temperature_2m,relative_humidity_2m,apparent_temperature,precipitation,"
        "wind_speed_10m,shortwave_radiation",
        "start_date": "2026-03-31",
        "end_date": "2026-04-01",
        "timeformat": "unixtime",
        "wind_speed_unit": "ms",
    }
    assert list(frame.index) == hours(
        "2026-03-31T22:00", "2026-03-31T23:00", "2026-04-01T00:00", "2026-04-01T01:00"
    )
    assert set(frame.columns) == set(SIX)
    assert frame["temperature"].tolist()[1:3] == [9.4, 8.9]
    assert frame["temperature"].isna().tolist() == [True, False, False, True]


def test_sums_over_an_hour_stand_at_its_start(server: OpenMeteoServer, provider: OpenMeteo) -> None:
    """The service gives the rain of 23:00 to 00:00 at 00:00, where our reading stands at 23:00."""
    server.failures.append(literally("forecast.json"))
    (frame,) = provider.fetch(Product.FORECAST, [TURIN], SIX, *DAYS)
    at = hours("2026-03-31T23:00")[0]
    assert frame.loc[at, "precipitation"] == 0.3
    assert frame.loc[at, "temperature"] == 9.4
    assert frame.loc[hours("2026-03-31T22:00")[0], "solar_radiation"] == 12.0


def test_previous_runs_say_since_when_they_were_known(
    server: OpenMeteoServer, provider: OpenMeteo
) -> None:
    server.failures.append(literally("previous_run.json"))
    (frame,) = provider.fetch(Product.PREVIOUS_RUN, [TURIN], ["temperature"], *DAYS)
    asked = server.asked[0]
    assert (asked.host, asked.path) == ("previous-runs-api", "/v1/forecast")
    assert asked.params["hourly"].split(",") == [
        f"temperature_2m_previous_day{lead}" for lead in range(1, 8)
    ]
    assert frame.index.names == ["valid_at", "available_at"]
    valid = hours("2026-04-01T00:00")[0]
    assert frame.loc[(valid, valid - pd.Timedelta(days=1)), "temperature"] == 9.1
    assert frame.loc[(valid, valid - pd.Timedelta(days=6)), "temperature"] == 7.0
    assert frame["temperature"].isna().sum() == 1


def test_the_archive_of_forecasts(server: OpenMeteoServer, provider: OpenMeteo) -> None:
    server.failures.append(literally("historical_forecast.json"))
    (frame,) = provider.fetch(
        Product.HISTORICAL_FORECAST, [TURIN], ["temperature", "precipitation"], *DAYS
    )
    assert (server.asked[0].host, server.asked[0].path) == (
        "historical-forecast-api",
        "/v1/forecast",
    )
    assert frame["temperature"].dropna().tolist() == [3.1, 2.8]


def test_several_places_in_one_request(server: OpenMeteoServer, provider: OpenMeteo) -> None:
    server.failures.append(literally("archive.json"))
    first, second = provider.fetch(Product.ARCHIVE, [TURIN, BERLIN], ["temperature"], *DAYS)
    asked = server.asked[0]
    assert (asked.host, asked.path) == ("archive-api", "/v1/archive")
    assert (asked.params["latitude"], asked.params["longitude"]) == ("45.1,52.5", "7.7,13.4")
    assert first["temperature"].tolist() == [1.2, 0.9]
    assert second["temperature"].tolist() == [3.9, 3.7]
    assert first.index[0] == hours("2014-01-01T00:00")[0]


def test_names_of_places(server: OpenMeteoServer, provider: OpenMeteo) -> None:
    italian, american = provider.find("Turin")
    assert (server.asked[0].path, server.asked[0].params["name"]) == ("/v1/search", "Turin")
    assert (italian.latitude, italian.longitude) == (45.07049, 7.68682)
    assert (italian.country, italian.timezone) == ("IT", "Europe/Rome")
    assert american.country == "US"


def test_a_name_that_is_not_known(server: OpenMeteoServer, provider: OpenMeteo) -> None:
    server.failures.append(lambda handler: breaking(200, '{"generationtime_ms":0.2}')(handler))
    assert provider.find("Nowhereville") == []


@pytest.mark.parametrize(
    ("base_url", "key", "wanted"),
    [
        pytest.param(None, None, "https://archive-api.open-meteo.com", id="public"),
        pytest.param(None, "k", "https://customer-archive-api.open-meteo.com", id="customer"),
        pytest.param("https://weather.example/", None, "https://weather.example", id="own server"),
        pytest.param(
            "https://proxy.example/{host}", "k", "https://proxy.example/archive-api", id="proxy"
        ),
    ],
)
def test_addresses(base_url: str | None, key: str | None, wanted: str) -> None:
    class Noting(Asker):
        def get(self, url: str, params: dict[str, str]) -> object:  # type: ignore[override]
            self.__dict__["seen"] = (url, params)
            return {"hourly": {"time": []}}

    asker = Noting()
    OpenMeteo(base_url, key, asker).fetch(Product.ARCHIVE, [TURIN], ["temperature"], *DAYS)
    url, params = asker.__dict__["seen"]
    assert url == f"{wanted}/v1/archive"
    assert params.get("apikey") == key


def test_a_key_is_never_shown(server: OpenMeteoServer) -> None:
    provider = OpenMeteo(server.url, "secret-key", Asker(pause=0.01))
    server.failures.append(refusing(400, "The supplied API key is invalid."))
    assert "secret-key" not in repr(provider)
    with pytest.raises(Refused) as caught:
        provider.fetch(Product.FORECAST, [TURIN], ["temperature"], *DAYS)
    assert "API key is invalid" in caught.value.message
    assert "secret-key" not in caught.value.message


@pytest.mark.parametrize(
    "failure",
    [
        pytest.param(breaking(502, "<html><h1>Bad Gateway</h1></html>"), id="502 of a proxy"),
        pytest.param(refusing(500, "Internal Server Error"), id="500"),
        pytest.param(half, id="half an answer"),
        pytest.param(slow(1.5), id="slower than the time-out"),
        pytest.param(breaking(200, '{"latitude":45.1,"hourly":{"ti'), id="cut off"),
        pytest.param(refusing(429, CONCURRENT), id="429 for a moment"),
        pytest.param(refusing(429, "Wait.", Retry_After="1"), id="429 with Retry-After"),
    ],
)
def test_what_passes_is_asked_again(
    server: OpenMeteoServer, provider: OpenMeteo, failure: Answer
) -> None:
    server.failures.append(failure)
    (frame,) = provider.fetch(Product.ARCHIVE, [TURIN], ["temperature"], *DAYS)
    assert len(frame) == 48
    assert len(server.asked) == 2


def test_three_failures_are_enough(server: OpenMeteoServer, provider: OpenMeteo) -> None:
    server.always = refusing(503, "Service Unavailable")
    with pytest.raises(WeatherUnavailable, match=r"failed 3 times: 503 Service Unavailable"):
        provider.fetch(Product.ARCHIVE, [TURIN], ["temperature"], *DAYS)
    assert len(server.asked) == 3


@pytest.mark.parametrize(
    ("reason", "headers", "wait"),
    [
        pytest.param(MINUTELY, {}, 40.0, id="minute"),
        pytest.param(HOURLY, {}, 3540.0 - 500, id="hour"),
        pytest.param(DAILY, {}, 86_400 - 560 - 46_800, id="day"),
        pytest.param("Later.", {"Retry_After": "90"}, 90.0, id="seconds"),
        pytest.param("Later.", {"Retry_After": "Mon, 23 Mar 2026 13:11:20 GMT"}, 120.0, id="date"),
    ],
)
def test_a_limit_says_until_when(
    server: OpenMeteoServer, reason: str, headers: dict[str, str], wait: float
) -> None:
    nine_past_one = datetime(2026, 3, 23, 13, 9, 20, tzinfo=UTC).timestamp()
    provider = OpenMeteo(server.url, asker=Asker(pause=0.01, clock=lambda: nine_past_one))
    server.always = refusing(429, reason, **headers)
    with pytest.raises(Limited) as caught:
        provider.fetch(Product.ARCHIVE, [TURIN], ["temperature"], *DAYS)
    assert caught.value.wait == wait
    assert reason in caught.value.message
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (400, "Parameter 'start_date' is out of allowed range from 2016-01-01 to 2026-12-09"),
        (400, "Latitude must be in range of -90 to 90°. Given: 95.0."),
        (401, "API key required. Please add &apikey= to the URL."),
    ],
)
def test_a_wrong_question_is_asked_once(
    server: OpenMeteoServer, provider: OpenMeteo, status: int, reason: str
) -> None:
    server.always = refusing(status, reason)
    with pytest.raises(Refused) as caught:
        provider.fetch(Product.ARCHIVE, [TURIN], ["temperature"], *DAYS)
    assert reason in caught.value.message
    assert len(server.asked) == 1


def test_nobody_there_is_known_at_once() -> None:
    provider = OpenMeteo(f"http://127.0.0.1:{free_port()}", asker=Asker(pause=30.0))
    with pytest.raises(Unreachable, match="can't be reached"):
        provider.fetch(Product.ARCHIVE, [TURIN], ["temperature"], *DAYS)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("[]", id="no place"),
        pytest.param("{}", id="no hours"),
        pytest.param(
            '{"hourly":{"time":["2026-04-01T00:00"],"temperature_2m":[1]}}', id="iso times"
        ),
        pytest.param('{"hourly":{"time":[1,2],"temperature_2m":[1]}}', id="a value short"),
        pytest.param('{"hourly":{"time":[1],"temperature_2m":["warm"]}}', id="words"),
        pytest.param('"ok"', id="a string"),
        pytest.param('{"hourly":{"time":[1,1],"temperature_2m":[1,2]}}', id="a time twice"),
    ],
)
def test_an_answer_of_another_form_is_no_weather(
    server: OpenMeteoServer, provider: OpenMeteo, body: str
) -> None:
    server.always = breaking(200, body)
    with pytest.raises(WeatherUnavailable):
        provider.fetch(Product.ARCHIVE, [TURIN], ["temperature"], *DAYS)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda parts: (
        st.lists(parts, max_size=4)
        | st.dictionaries(st.sampled_from(["hourly", "time", "temperature_2m"]), parts, max_size=3)
    ),
    max_leaves=12,
)


@given(JSON)
def test_whatever_comes_it_is_weather_or_none(answer: object) -> None:
    try:
        frame = frame_of(answer, {"temperature_2m": ("temperature", 0)})
    except WeatherUnavailable:
        return
    assert frame.empty or frame["temperature"].dtype == "float64"


@pytest.mark.parametrize(
    ("product", "places", "days", "calls"),
    [
        pytest.param(Product.FORECAST, 1, 11, 1.0, id="a forecast"),
        pytest.param(Product.FORECAST, 100, 11, 100.0, id="each place counts"),
        pytest.param(Product.ARCHIVE, 1, 366, 0.6 * 366 / 14, id="a year of six variables"),
        pytest.param(Product.PREVIOUS_RUN, 1, 14, 4.2, id="seven columns per variable"),
    ],
)
def test_what_a_request_counts_for(product: Product, places: int, days: int, calls: float) -> None:
    assert weight(product, places, SIX, days) == pytest.approx(calls)
