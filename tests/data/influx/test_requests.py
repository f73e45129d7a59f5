"""What reaches InfluxDB, and what its refusals become."""

import json
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from config.errors import InvalidReadings, StoreUnavailable, UnknownMeter
from data import Meter
from data.influx import InfluxConnection, InfluxStore
from tests.data.replayed import Answer, replaying
from tests.data.samples import store_at
from tests.processes import free_port

HOME = Meter("electricity", "home", resolution=timedelta(hours=1))
START = datetime(2024, 1, 1, tzinfo=UTC)
SECOND = 1704067200


def readings(count: int = 3) -> pd.Series:
    index = pd.date_range(START, periods=count, freq="h")
    return pd.Series(np.arange(count) + 0.5, index=index, name="value")


# -- what is asked, and how


def test_a_token_is_sent_without_a_password() -> None:
    with replaying() as server:
        store_at(server.url, token="s3cret", username="root", password="root").meters()
        headers = server.asked[0].headers
    assert headers["authorization"] == "Token s3cret"
    assert headers["accept"] == "application/json"


def test_a_user_and_password_are_sent_as_such() -> None:
    with replaying() as server:
        store_at(server.url, username="reader", password="pass").meters()
        assert server.asked[0].headers["authorization"].startswith("Basic ")


def test_without_credentials_none_are_made_up() -> None:
    with replaying() as server:
        store_at(server.url).meters()
        assert "authorization" not in server.asked[0].headers


def test_what_is_written_is_line_protocol_in_seconds() -> None:
    with replaying(Answer("/write", "", 204)) as server:
        store_at(server.url).write_readings(HOME, readings())
        (written,) = [request for request in server.asked if request.path == "/write"]
    assert written.query == {"db": "energy_data", "precision": "s"}
    catalogue, *points = written.body.splitlines()
    assert catalogue.startswith("meters,meter_id=home,meter_type=electricity document=")
    assert points == [
        f"readings,meter_id=home,meter_type=electricity value={value} {SECOND + 3600 * row}"
        for row, value in enumerate(("0.5", "1.5", "2.5"))
    ]


def test_lines_are_zipped_for_another_machine_only() -> None:
    for host, encoding in (("127.0.0.1", None), ("127.0.0.2", "gzip")):
        with replaying(Answer("/write", "", 204)) as server:
            store_at(server.url.replace("127.0.0.1", host)).put_meter(HOME)
            (written,) = server.asked
        assert written.headers.get("content-encoding") == encoding
        assert written.body.startswith("meters,")


def test_long_series_are_written_in_batches() -> None:
    with replaying(Answer("/write", "", 204)) as server:
        store = store_at(server.url)
        store.write_many([(HOME, readings(70_000)), (Meter("water", "x"), readings(10))])
        sizes = [len(one.body.splitlines()) for one in server.asked if one.path == "/write"]
    assert sizes == [1, 50_000, 20_000 + 1 + 10]


def test_ids_are_bound_not_pasted() -> None:
    with replaying() as server:
        with pytest.raises(UnknownMeter):
            store_at(server.url).meter("electricity", "x' OR 1=1 --")
        asked = server.asked[0].query
    assert "OR 1=1" not in asked["q"]
    assert json.loads(asked["params"]) == {
        "meter_type": "electricity",
        "meter_id": "x' OR 1=1 --",
    }


def test_an_attack_finds_nothing_in_a_real_server(influx_url: str) -> None:
    store = InfluxStore(InfluxConnection(influx_url, database="attacked"))
    store.put_meter(HOME)
    for meter_id in ("x' OR 'a'='a", "home' --", "' OR meter_id =~ /.*/ --"):
        with pytest.raises(UnknownMeter):
            store.meter("electricity", meter_id)
    place, source = 'a\', "b"=c', 'it\'s, "quoted"='
    store.write_weather(place, weather(), source=source)
    found = store.weather(place, START, START + timedelta(days=1))
    assert found["source"].tolist() == [source]
    store.close()


def weather() -> pd.DataFrame:
    return pd.DataFrame({"temperature": [1.0]}, index=pd.DatetimeIndex([START]))


# -- refusals

V2 = {"X-Influxdb-Version": "v2.7.5", "X-Influxdb-Build": "OSS"}
PING_3 = Answer("/ping", '{"version":"3.0.1","revision":"abc"}')


@pytest.mark.parametrize(
    ("answers", "message", "hint"),
    [
        (
            [Answer("/query", '{"code":"unauthorized","message":"unauthorized access"}', 401)],
            "refuses the credentials",
            "INFLUX_TOKEN",
        ),
        ([Answer("/query", '{"error":"authorization failed"}', 401)], "credentials", "INFLUX"),
        (
            [
                Answer(
                    "/query",
                    '{"code":"not found","message":"x","error":"bucket \\"energy_data\\" not found"}',
                    404,
                ),
                Answer("/ping", "", 204, V2),
            ],
            "no bucket or database 'energy_data'",
            "DBRP",
        ),
        (
            [Answer("/query", '{"error":"database not found: energy_data"}', 404), PING_3],
            "no bucket or database 'energy_data'",
            "INFLUX_BUCKET",
        ),
        ([Answer("/query", '{"error":"engine: cache full"}', 500)], "does not answer", "runs"),
        ([Answer("/query", "<html>502</html>", 502)], "does not answer", "INFLUX_URL"),
        ([Answer("/query", '{"error":"error parsing query"}', 400)], "error parsing query", ""),
    ],
    ids=["2.x-401", "1.x-401", "2.x-bucket", "3.x-database", "500", "proxy", "400"],
)
def test_refusals_are_said_in_words(answers: list[Answer], message: str, hint: str) -> None:
    with replaying(*answers) as server, pytest.raises(StoreUnavailable) as raised:
        store_at(server.url, token="t").meters()
    assert message in raised.value.message
    assert hint in raised.value.hint
    assert "CREATE DATABASE" not in " ".join(server.statements())


def test_a_missing_database_is_made_on_1x_only_when_first_needed(influx_url: str) -> None:
    store = InfluxStore(InfluxConnection(influx_url, database="not there yet"))
    assert store.meters() == []
    assert store.ping() > 0
    store.close()


def test_points_that_the_server_drops_are_an_error() -> None:
    refusal = '{"error":"partial write: points beyond retention policy dropped=2"}'
    with (
        replaying(Answer("/write", refusal, 400)) as server,
        pytest.raises(InvalidReadings) as raised,
    ):
        store_at(server.url).write_readings(HOME, readings())
    assert "retention" in raised.value.hint


def test_a_connection_that_was_closed_meanwhile_is_opened_again() -> None:
    with replaying(Answer("/write", "", 204)) as server:
        store = store_at(server.url)
        assert store.ping() > 0
        server.breaks = 1
        store.put_meter(HOME)
        assert [one.path for one in server.asked[1:]] == ["/write", "/write"]
        server.breaks = 2
        with pytest.raises(StoreUnavailable):
            store.ping()


def test_nobody_at_the_address() -> None:
    with pytest.raises(StoreUnavailable) as raised:
        store_at(f"http://127.0.0.1:{free_port()}").ping()
    assert "INFLUX_URL" in raised.value.hint


@pytest.mark.parametrize(
    "url", ["localhost:8086", "ftp://host", "http://", "http://h:x", "http://u:p@h", "http://[x"]
)
def test_an_address_that_is_none(url: str) -> None:
    with pytest.raises(StoreUnavailable):
        store_at(url)


def test_a_path_before_the_api_is_kept() -> None:
    with replaying() as server:
        store_at(f"{server.url}/influx/").meters()
        assert server.asked[0].path == "/influx/query"


@pytest.mark.parametrize(
    ("answer", "version"),
    [
        (Answer("/ping", "", 204, {"X-Influxdb-Version": "1.8.10"}), "1.8.10"),
        (Answer("/ping", "", 204, V2), "v2.7.5"),
        (PING_3, "3.0.1"),
        (Answer("/ping", "", 204), ""),
    ],
)
def test_the_version_is_found(answer: Answer, version: str) -> None:
    with replaying(answer) as server:
        assert store_at(server.url).connection.version() == version
