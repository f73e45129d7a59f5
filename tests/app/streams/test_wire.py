"""Ids and frames."""

import pytest

from app.streams import wire


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("1700000000000-3", (1700000000000, 3), id="whole"),
        pytest.param("1700000000000", (1700000000000, 0), id="no-sequence"),
        pytest.param("0", wire.START, id="zero-replays-all"),
        pytest.param(f"{2**64 - 1}-{2**64 - 1}", (2**64 - 1, 2**64 - 1), id="largest"),
        pytest.param(f"{2**64}-0", None, id="too-large-for-redis"),
        pytest.param("", None, id="empty"),
        pytest.param(None, None, id="none"),
        pytest.param("$", None, id="redis-special"),
        pytest.param("-", None, id="redis-smallest"),
        pytest.param("1-2-3", None, id="three-parts"),
        pytest.param("-1-0", None, id="negative"),
        pytest.param("1-0\r\nX: y", None, id="header-injection"),
        pytest.param("١-٢", None, id="digits-of-another-script"),
    ],
)
def test_last_ids(text, expected):
    assert wire.parse_last_id(text) == expected


def test_ids_compare_as_redis_orders_them():
    texts = ["9-10", "10-0", "9-9", "10-2", "10-10"]
    assert sorted(texts, key=wire.parse_id) == ["9-9", "9-10", "10-0", "10-2", "10-10"]


@pytest.mark.parametrize(
    ("data", "event_id", "expected"),
    [
        pytest.param(b"{}", b"1-0", b"id: 1-0\ndata: {}\n\n", id="with-id"),
        pytest.param(b"{}", None, b"data: {}\n\n", id="without-id"),
        pytest.param(b"{\n}", b"1-0", b"id: 1-0\ndata: {\ndata: }\n\n", id="line-break"),
        pytest.param(
            '{"m":"Zürich\u2028"}'.encode(),
            None,
            'data: {"m":"Zürich\u2028"}\n\n'.encode(),
            id="only-ascii-line-breaks-count",
        ),
    ],
)
def test_frames(data, event_id, expected):
    assert wire.frame(data, event_id=event_id) == expected


def test_event_is_encoded_once_with_what_filters_need():
    event = wire.parse_event(b"5-1", b'{"status":"failed","task_id":"a","batch_id":"b"}')
    assert event == wire.Event(
        id=(5, 1),
        frame=b'id: 5-1\ndata: {"status":"failed","task_id":"a","batch_id":"b"}\n\n',
        status="failed",
        task_id="a",
        batch_id="b",
    )


@pytest.mark.parametrize(
    ("raw_id", "data"),
    [
        pytest.param(b"5-1", b"{", id="broken-json"),
        pytest.param(b"5-1", b"[1]", id="not-an-object"),
        pytest.param(b"x", b"{}", id="no-id"),
        pytest.param(b"5-1", b"\xff", id="not-utf8"),
    ],
)
def test_what_is_no_event_is_a_value_error(raw_id, data):
    with pytest.raises(ValueError):
        wire.parse_event(raw_id, data)
