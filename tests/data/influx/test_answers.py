"""Answers of InfluxDB 1.x, 2.x and 3.x: every shape is read, nothing cut off is taken for whole.

The answers of 2.x and 3.x are replayed, in the shapes that their documentation and reports of their
users show; a 1.x server runs for real in other tests.
"""

import json
from datetime import UTC, datetime, timedelta
from math import inf

import pytest

from config.errors import StoreUnavailable
from data import Meter, Tally
from data.influx.answers import PageTooLong, error_of, readings_of, table_of
from tests.data.replayed import Answer, replaying
from tests.data.samples import store_at

HOME = Meter("electricity", "home", resolution=timedelta(hours=1))
START = datetime(2024, 1, 1, tzinfo=UTC)
SECOND = 1704067200


def nested(columns: list[str], values: list[list[object]], **more: object) -> str:
    series = {"name": "readings", "columns": columns, "values": values, **more}
    return json.dumps({"results": [{"statement_id": 0, "series": [series]}]}, separators=(",", ":"))


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
        Answer('count("value")', flat({"time": "1970-01-01T00:00:00", "count": 2, "total": 4.0})),
        Answer('FROM "weather"', flat({"time": first, **weather, **known})),
        Answer(
            'FROM "forecasts"',
            flat({"time": first, **keys, **issue, "source": "model", "p10": 1, "p50": 2, "p90": 3}),
        ),
        Answer('"value"', flat({"time": first, "value": 1.5}, {"time": last, "value": 2.5})),
    ) as server:
        store = store_at(server.url, token="t")
        assert store.meters() == [store.meter("electricity", "home")] == [HOME]
        assert store.tally(HOME) == Tally(2, 4.0)
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


def test_a_server_that_cannot_delete_says_so_of_readings_too() -> None:
    refusal = '{"error":"DELETE is not supported"}'
    with (
        replaying(
            Answer("SELECT", flat({"time": 0, "value": 3})), Answer("DELETE", refusal, 400)
        ) as server,
        pytest.raises(StoreUnavailable, match="DELETE is not supported"),
    ):
        store_at(server.url).delete_readings(HOME, START, START + timedelta(days=1))


def test_a_sum_that_3x_gives_as_null_is_too_large() -> None:
    null = flat({"time": 0, "count": 2, "total": None})
    with replaying(Answer("SELECT", null)) as server:
        assert store_at(server.url).tally(HOME) == Tally(2, inf)
