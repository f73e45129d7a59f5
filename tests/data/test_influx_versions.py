"""InfluxDB as 1.x, 2.x and 3.x answer: shapes, refusals, and what reaches the server.

A 1.x server runs for real (conftest.py); the answers of 2.x and 3.x are replayed in the shapes
that their documentation and their users' reports show.
"""

import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from config.errors import InvalidReadings, StoreUnavailable, UnknownMeter
from data import Meter
from data.importers import import_table
from data.influx import InfluxStore
from data.influx_answers import PageTooLong, error_of, readings_of, table_of
from data.influx_connection import InfluxConnection
from tests.data.influx_server import free_port, running_influx
from tests.data.replayed import Answer, replaying

HOME = Meter("electricity", "home", resolution=timedelta(hours=1))
START = datetime(2024, 1, 1, tzinfo=UTC)
SECOND = 1704067200


def store_at(url: str, **options: object) -> InfluxStore:
    return InfluxStore(InfluxConnection(url, database="energy_data", timeout=5, **options))


def readings(count: int = 3) -> pd.Series:
    index = pd.date_range(START, periods=count, freq="h")
    return pd.Series(np.arange(count) + 0.5, index=index, name="value")


def nested(columns: list[str], values: list[list[object]], **more: object) -> str:
    series = {"name": "readings", "columns": columns, "values": values, **more}
    return json.dumps({"results": [{"statement_id": 0, "series": [series]}]}, separators=(",", ":"))


# -- shapes of an answer

TWO = [[SECOND, 1.5], [SECOND + 3600, -2]]


@pytest.mark.parametrize(
    "body",
    [
        nested(["time", "value"], TWO),
        nested(["time", "value"], TWO) + "\n",
        nested(["time", "value"], [*TWO, [SECOND + 7200, None]]),
        nested(["time", "value"], TWO[:1]) + "\n" + nested(["time", "value"], TWO[1:]) + "\n",
        json.dumps(
            [
                {"iox::measurement": "readings", "time": "2024-01-01T00:00:00", "value": 1.5},
                {"iox::measurement": "readings", "time": "2024-01-01T01:00:00", "value": -2.0},
            ]
        ),
        json.dumps([{"time": SECOND, "value": 1.5}, {"time": SECOND + 3600, "value": -2.0}]),
        json.dumps({"results": [{"series": [{"columns": ["time", "value"], "values": TWO}]}]}),
    ],
    ids=["compact", "newline", "null", "chunked", "3.x-flat", "3.x-epoch", "spaced"],
)
def test_every_shape_holds_the_same_readings(body: str) -> None:
    seconds, values = readings_of(body.encode())
    assert seconds.tolist() == [SECOND, SECOND + 3600]
    assert values.tolist() == [1.5, -2.0]


@pytest.mark.parametrize(
    "body",
    ['{"results":[{"statement_id":0}]}\n', '{"results":[]}', "[]", ""],
    ids=["2.x", "no-result", "3.x", "nothing"],
)
def test_nothing_is_no_readings(body: str) -> None:
    seconds, values = readings_of(body.encode())
    assert len(seconds) == len(values) == 0


@pytest.mark.parametrize(
    "body",
    [
        nested(["time", "value"], TWO, partial=True),
        json.dumps(
            {"results": [{"series": [{"columns": ["time"], "values": []}], "partial": True}]}
        ),
        nested(["time", "value"], TWO) + "\n" + nested(["time", "value"], TWO, partial=True),
    ],
    ids=["series", "result", "last-chunk"],
)
def test_a_partial_answer_is_never_taken_for_whole(body: str) -> None:
    with pytest.raises(PageTooLong):
        readings_of(body.encode())


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ('{"error":"authorization failed"}', "authorization failed"),
        ('{"results":[{"statement_id":0,"error":"timeout"}]}', "timeout"),
        ('{"code":"unauthorized","message":"no","error":"unauthorized"}', "unauthorized"),
        ('{"error": "query error", "data": null}', "query error"),
        (nested(["time", "value"], TWO), None),
        (nested(["time", "error"], TWO), None),
        ('"error" in no JSON', '"error" in no JSON'),
    ],
)
def test_errors_are_found_wherever_they_are(body: str, words: str | None) -> None:
    assert error_of(body.encode()) == words


def test_tags_of_groups_become_columns() -> None:
    body = nested(["time", "document"], [[0, "{}"]], tags={"meter_id": "home"})
    assert table_of(body.encode()).to_dict("records") == [
        {"time": 0, "document": "{}", "meter_id": "home"}
    ]


def test_an_answer_that_is_not_json_says_so() -> None:
    with pytest.raises(StoreUnavailable, match="not JSON"):
        table_of(b"<html>Welcome to nginx</html>")


def flat(*rows: dict[str, object]) -> str:
    return json.dumps([{"iox::measurement": "readings", **row} for row in rows])


def test_a_store_reads_what_3x_answers() -> None:
    first, last = "2024-01-01T00:00:00", "2024-01-01T01:00:00.000000000"
    document = json.dumps(HOME.to_dict())
    keys = {"meter_type": "electricity", "meter_id": "home"}
    weather = {"location": "here", "source": "run", "temperature": 4.5, "humidity": None}
    known = {"available_at": "2023-12-31T18:00:00+00:00", "lead_us": None}
    issue = {
        "issued_at": "2023-12-31T18:00:00+00:00",
        "origin": SECOND - 3600,
        "model_version": "v1",
    }
    with replaying(
        Answer('last("document")', flat({"time": first, "document": document, **keys})),
        Answer('first("value")', flat({"time": first, "value": 1.5})),
        Answer('last("value")', flat({"time": last, "value": 2.5})),
        Answer('count("value")', flat({"time": "1970-01-01T00:00:00", "value": 2})),
        Answer('FROM "weather"', flat({"time": first, **weather, **known})),
        Answer(
            'FROM "forecasts"',
            flat({"time": first, **keys, **issue, "source": "model", "p10": 1, "p50": 2, "p90": 3}),
        ),
        Answer('"value"', flat({"time": first, "value": 1.5}, {"time": last, "value": 2.5})),
    ) as server:
        store = store_at(server.url, token="t")
        assert store.meters() == [store.meter("electricity", "home")] == [HOME]
        assert store.span(HOME).count == 2
        assert store.readings(HOME).tolist() == [1.5, 2.5]
        assert store.readings(HOME).index[0] == START
        span = START, START + timedelta(days=1)
        row = store.weather("here", *span).reset_index().iloc[0]
        assert (row["temperature"], row["source"]) == (4.5, "run")
        assert row["available_at"] == START - timedelta(hours=6)
        (points,) = store.forecasts(HOME, *span).to_dict("records")
        assert points["lead"] == timedelta(hours=1)
        assert [points[level] for level in ("p10", "p50", "p90")] == [1.0, 2.0, 3.0]


def test_a_server_that_cannot_delete_says_so() -> None:
    catalogued = flat({"time": 0, "document": json.dumps(HOME.to_dict())})
    refusal = '{"error":"DELETE is not supported"}'
    with (
        replaying(Answer("SELECT", catalogued), Answer("DELETE", refusal, 400)) as server,
        pytest.raises(StoreUnavailable, match="DELETE is not supported"),
    ):
        store_at(server.url).delete_meter(HOME)


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


# -- paging


def test_a_year_is_one_page_and_ten_are_ten() -> None:
    with replaying() as server:
        store_at(server.url).readings(HOME, START, START + timedelta(days=365))
        store_at(server.url).readings(HOME, START, START + timedelta(days=3650))
        assert len(server.statements()) == 1 + 10


def test_pages_shrink_where_3_core_limits_files() -> None:
    limit = "External error: Query would exceed file limit of 432 parquet files."
    with replaying(Answer("/query", json.dumps({"error": limit}), 400)) as server:
        with pytest.raises(StoreUnavailable) as raised:
            store_at(server.url).readings(HOME, START, START + timedelta(days=365))
        assert 10 < len(server.statements()) < 20
    assert "query-file-limit" in raised.value.hint


def test_a_server_that_cuts_rows_off_is_read_whole(tmp_path: Path) -> None:
    with running_influx(tmp_path / "limited", max_row_limit=1000) as server:
        store = store_at(server.url)
        written = readings(5_000)
        assert store.write_readings(HOME, written).accepted == 5_000
        pd.testing.assert_series_equal(
            store.readings(HOME), written.rename_axis("time"), check_freq=False
        )
        assert store.write_readings(HOME, written).replaced == 5_000
        frame = pd.DataFrame({"temperature": written.to_numpy()}, index=written.index)
        store.write_weather(HOME.location, frame, source="import")
        found = store.weather(HOME.location, START, START + timedelta(days=300))
        assert found["temperature"].tolist() == written.tolist()
        store.close()


def test_more_meters_than_the_server_lists_are_no_silent_few(tmp_path: Path) -> None:
    with running_influx(tmp_path / "limited", max_row_limit=3) as server:
        store = store_at(server.url)
        for number in range(5):
            store.put_meter(Meter("water", f"m{number}"))
        with pytest.raises(StoreUnavailable) as raised:
            store.meters()
        assert "max-row-limit" in raised.value.hint
        store.close()


def test_an_import_that_was_cut_off_is_done_again_and_doubles_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("data.importers.rows.BLOCK_ROWS", 100)
    monkeypatch.setattr("data.importers.importing.WRITTEN_AT_ONCE", 100)
    rows = "".join(f"{SECOND + 3600 * row},{row}\n" for row in range(1000))
    text = f"time,value\n{rows}".encode()
    with running_influx(tmp_path / "stopped") as server:
        store = store_at(server.url)

        def stop_half_way(fraction: float, read: int) -> None:
            if read >= 500:
                server.stop()

        with pytest.raises(StoreUnavailable):
            import_table(store, HOME, io.BytesIO(text), progress=stop_half_way)
        server.start()
        assert store.span(HOME).count == 500
        summary = import_table(store, HOME, io.BytesIO(text))
        assert (summary.accepted, summary.replaced) == (1000, 500)
        assert store.readings(HOME).tolist() == list(range(1000))
        store.close()


def test_a_server_that_comes_back_is_used_again(tmp_path: Path) -> None:
    with running_influx(tmp_path / "restarted") as server:
        store = store_at(server.url)
        store.write_readings(HOME, readings())
        server.stop()
        with pytest.raises(StoreUnavailable):
            store.readings(HOME)
        server.start()
        assert store.readings(HOME).tolist() == [0.5, 1.5, 2.5]
        assert store.write_readings(HOME, readings()).replaced == 3
        store.close()
