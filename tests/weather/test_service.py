"""What is asked of the provider, and what is not: the cache, the limits, the breaker."""

import dataclasses
import logging
from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pytest

from config import Settings, load_settings
from data import Meter, Store
from tests.weather.conftest import Opening
from tests.weather.open_meteo_server import DAILY, OpenMeteoServer, refusing, temperature
from weather.asked_days import missing_days
from weather.provider import Place, Product
from weather.quota import SPARE, WINDOWS, ProcessMemory
from weather.service import open_weather
from workers.nightly.weather import refresh_all

NOW = datetime(2026, 3, 23, 13, 20, tzinfo=UTC)
TURIN, BERLIN = Place(45.1, 7.7), Place(52.5, 13.4)
LAST = date(2026, 3, 22)


def rows(store: Store, place: Place, source: str, start: datetime, days: int) -> pd.DataFrame:
    return store.weather(place.key, start, start + timedelta(days=days), sources=(source,))


def test_a_second_training_makes_no_request(server: OpenMeteoServer, opening: Opening) -> None:
    first = opening().fill_past(TURIN, date(2025, 10, 1), LAST, now=NOW)
    assert first.problems == []
    assert first.requests == len(server.asked)
    assert set(server.hosts()) == {"historical-forecast-api", "previous-runs-api"}
    again = opening().fill_past(TURIN, date(2025, 11, 15), LAST, now=NOW)
    assert (again.requests, again.problems) == (0, [])
    assert len(server.asked) == first.requests


def test_each_kind_of_weather_says_since_when_it_was_known(
    server: OpenMeteoServer, opening: Opening, any_store: Store
) -> None:
    opening(at=any_store).fill_past(TURIN, date(2026, 3, 10), LAST, now=NOW)
    start = datetime(2026, 3, 12, tzinfo=UTC)
    ahead = rows(any_store, TURIN, "previous_run", start, 1)
    valid = ahead.index.get_level_values("valid_at")
    lead = valid - ahead.index.get_level_values("available_at")
    assert sorted(set(lead)) == [pd.Timedelta(days=days) for days in range(1, 8)]
    at = pd.Timestamp("2026-03-12T09:00", tz="UTC")
    three_before = (at, at - pd.Timedelta(days=3))
    wanted = temperature(45.1, int(at.timestamp()), 3)
    assert ahead.loc[three_before, "temperature"] == wanted
    past = rows(any_store, TURIN, "historical_forecast", start, 1)
    assert len(past) == 24
    assert (past.index.get_level_values(0) == past.index.get_level_values(1)).all()


def test_before_the_forecasts_were_kept_there_is_the_archive(
    server: OpenMeteoServer, opening: Opening, store: Store
) -> None:
    opening().fill_past(TURIN, date(2021, 12, 20), date(2022, 1, 10), now=NOW)
    archived = rows(store, TURIN, "archive", datetime(2021, 12, 20, tzinfo=UTC), 40)
    valid = archived.index.get_level_values("valid_at")
    assert valid.max() == pd.Timestamp("2021-12-31T23:00", tz="UTC")
    known = archived.index.get_level_values("available_at") - valid
    assert set(known) == {pd.Timedelta(days=5)}
    assert [one.host for one in server.asked].count("previous-runs-api") == 0


def test_imported_weather_is_not_measured_again(
    server: OpenMeteoServer, opening: Opening, store: Store
) -> None:
    index = pd.date_range("2021-12-01", periods=48, freq="h", tz="UTC")
    store.write_weather(TURIN.key, pd.DataFrame({"temperature": 5.0}, index=index), source="import")
    opening().fill_past(TURIN, date(2021, 12, 1), date(2021, 12, 20), now=NOW)
    assert server.asked == []


def test_the_weather_of_the_demo_stays_its_own(
    server: OpenMeteoServer, opening: Opening, store: Store
) -> None:
    index = pd.date_range("2026-03-01", periods=48, freq="h", tz="UTC")
    frame = pd.DataFrame({"temperature": 5.0}, index=index)
    store.write_weather(TURIN.key, frame, source="simulator")
    opening().fill_past(TURIN, date(2026, 3, 1), LAST, now=NOW)
    opening().refresh([TURIN], now=NOW)
    assert server.asked == []


def test_only_settled_days_count_as_asked(
    server: OpenMeteoServer, opening: Opening, store: Store
) -> None:
    today = NOW.date()
    opening().fill_past(TURIN, date(2026, 3, 20), today, now=NOW)
    variables = opening().variables
    missing = missing_days(store, TURIN, Product.PREVIOUS_RUN, variables, date(2026, 3, 18), today)
    assert missing == [(date(2026, 3, 18), date(2026, 3, 19)), (today, today)]


def test_a_new_variable_is_asked_for(
    server: OpenMeteoServer, opening: Opening, settings: Settings, store: Store
) -> None:
    service = opening()
    less = dataclasses.replace(service, variables=["temperature"])
    less.fill_past(TURIN, date(2026, 3, 1), LAST, now=NOW)
    asked = len(server.asked)
    service.fill_past(TURIN, date(2026, 3, 1), LAST, now=NOW)
    assert len(server.asked) == 2 * asked


def test_one_request_refreshes_many_places(
    server: OpenMeteoServer, opening: Opening, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("weather.service.PLACES_PER_REQUEST", 10)
    places = [Place(40 + n / 10, 7.7) for n in range(12)]
    done = opening().refresh(places, now=NOW)
    assert [one.places for one in server.asked] == [10, 2]
    assert (done.requests, done.places, done.problems) == (2, 12, [])
    for place in (places[0], places[-1]):
        ahead = rows(store, place, "forecast", NOW, 8)
        assert set(ahead.index.get_level_values("available_at")) == {pd.Timestamp(NOW)}
        valid = ahead.index.get_level_values("valid_at")
        assert valid.max() >= pd.Timestamp(NOW) + pd.Timedelta(days=7)
        last = valid[-1]
        assert ahead.iloc[-1]["temperature"] == temperature(
            place.latitude, int(last.timestamp()), 0
        )


def test_a_refresh_fills_the_days_behind_too(
    server: OpenMeteoServer, opening: Opening, store: Store
) -> None:
    opening().refresh([TURIN], now=NOW)
    past = rows(store, TURIN, "historical_forecast", NOW - timedelta(days=3), 3)
    assert past.index.get_level_values("valid_at").max() == pd.Timestamp("2026-03-23T12:00Z")
    assert len(past) == 3 * 24 - 1  # from 14:00 three days ago to 12:00 today


def test_a_fresh_forecast_is_not_fetched_again(server: OpenMeteoServer, opening: Opening) -> None:
    for hours, requests in ((0, 1), (5, 1), (7, 2)):
        at = NOW + timedelta(hours=hours)
        remembering = opening(ProcessMemory(at.timestamp))
        for service in (remembering, remembering, opening()):
            service.refresh([TURIN], now=at)
        assert len(server.asked) == requests


def test_the_schedule_fetches_before_jobs_would(
    server: OpenMeteoServer, opening: Opening, store: Store
) -> None:
    store.put_meter(Meter("water", "a", latitude=45.12, longitude=7.7))
    store.put_meter(Meter("water", "b", latitude=45.08, longitude=7.65))
    store.put_meter(Meter("water", "nowhere"))
    old = pd.date_range(NOW - timedelta(days=90), NOW, freq="D")
    frame = pd.DataFrame({"temperature": 5.0}, index=old)
    store.write_weather(TURIN.key, frame, source="forecast", available_at=NOW - timedelta(days=91))
    memory = ProcessMemory()
    for hours, requests in ((0, 1), (2, 1), (4, 2)):
        done = refresh_all(opening(memory), store, now=NOW + timedelta(hours=hours))
        assert done["places"] == 1
        assert len(server.asked) == requests
    kept = rows(store, TURIN, "forecast", NOW - timedelta(days=100), 99)
    assert kept.index.get_level_values("valid_at").min() >= pd.Timestamp(NOW - timedelta(days=60))


def test_who_cannot_be_reached_is_left_alone_and_logged_once(
    opening: Opening, tmp_path: object, caplog: pytest.LogCaptureFixture
) -> None:
    settings = load_settings({"WEATHER_BASE_URL": "http://127.0.0.1:9", "STATE_DIR": str(tmp_path)})
    now = [1000.0]
    memory = ProcessMemory(lambda: now[0])
    service = open_weather(settings, opening().store, memory)
    assert service is not None
    with caplog.at_level(logging.WARNING, logger="weather"):
        done = [service.refresh([TURIN, BERLIN], now=NOW) for _ in range(3)]
        done.append(service.fill_past(TURIN, date(2026, 3, 1), LAST, now=NOW))
    assert [one.requests for one in done] == [1, 0, 0, 0]
    assert all("can't be reached" in one.problems[0] for one in done)
    assert len(caplog.records) == 1
    now[0] += settings.weather_pause + 1
    assert service.refresh([TURIN], now=NOW).requests == 1


def test_one_endpoint_down_does_not_stop_the_others(
    server: OpenMeteoServer, opening: Opening
) -> None:
    service = opening()
    server.always = refusing(429, DAILY)
    assert service.fill_past(TURIN, date(2026, 3, 1), LAST, now=NOW).requests == 2
    assert service.fill_past(TURIN, date(2026, 3, 1), LAST, now=NOW).requests == 0
    server.always = None
    assert service.refresh([TURIN], now=NOW).problems == []
    assert service.fill_past(TURIN, date(2026, 3, 1), LAST, now=NOW).requests == 0


def test_what_was_answered_before_a_failure_is_kept(
    server: OpenMeteoServer, opening: Opening
) -> None:
    service = opening()
    server.failures.extend([server.truth, refusing(400, "No.")])
    first = service.fill_past(TURIN, date(2025, 10, 1), LAST, now=NOW)
    assert first.requests == 2
    assert first.problems
    service = opening()
    again = service.fill_past(TURIN, date(2025, 10, 1), LAST, now=NOW)
    assert again.problems == []
    spans = [(one.host, one.params["start_date"]) for one in server.asked]
    assert spans.count(("historical-forecast-api", "2025-10-01")) == 1


def test_calls_are_counted_by_place(opening: Opening, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("weather.service.PLACES_PER_REQUEST", 10)
    memory = ProcessMemory()
    midnight = NOW.replace(hour=0, minute=0).timestamp()
    noon = midnight + 12 * 3600
    service = dataclasses.replace(opening(memory), limited=True, clock=lambda: noon)
    memory.spend(SPARE * WINDOWS[86_400] - 15, midnight)
    done = service.refresh([Place(n / 10, 7.7) for n in range(20)], now=NOW)
    assert done.requests == 1
    assert "used up" in done.problems[0]


def test_without_a_provider_there_is_no_service(store: Store) -> None:
    settings = load_settings({"WEATHER_PROVIDER": "none"})
    assert open_weather(settings, store, ProcessMemory()) is None
