"""Which entries a client has missed, and when the log can't tell."""

import pytest

from app.streams.topics import AllJobsTopic, JobTopic, entries_after
from app.streams.wire import Event, parse_id
from workers.states import Status

KEPT = ["5-0", "5-1", "6-0", "7-0"]


def rows(ids: list[str]) -> list[tuple[bytes, dict[bytes, bytes]]]:
    return [(i.encode(), {b"d": b"{}"}) for i in ids]


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        pytest.param("7-0", [], id="has-the-newest"),
        pytest.param("5-1", ["6-0", "7-0"], id="in-the-middle"),
        pytest.param("5-0", ["5-1", "6-0", "7-0"], id="has-the-oldest"),
        pytest.param("5-5", ["6-0", "7-0"], id="between-two-entries"),
        pytest.param("0-0", KEPT, id="zero-takes-what-is-kept"),
        pytest.param("4-9", None, id="before-the-oldest"),
        pytest.param("8-0", None, id="from-the-future"),
    ],
)
def test_entries_after(last: str, expected: list[str] | None):
    from_last = [i for i in KEPT if parse_id(i) >= parse_id(last)]
    found = entries_after(
        parse_id(last), rows(KEPT[:1]), rows(from_last), newest=parse_id(KEPT[-1])
    )
    assert (None if found is None else [i.decode() for i, _ in found]) == expected


@pytest.mark.parametrize("last", ["0-0", "6-0"])
def test_empty_log_proves_nothing(last: str):
    assert entries_after(parse_id(last), [], [], newest=(7, 0)) is None


def event(task_id: str, batch_id: str | None = None) -> Event:
    return Event((1, 0), b"", "running", task_id, batch_id)


@pytest.mark.parametrize(
    ("topic", "wanted"),
    [
        pytest.param(AllJobsTopic(), ["a", "b", "member", "batch"], id="all"),
        pytest.param(AllJobsTopic(frozenset({"a"})), ["a"], id="ids"),
        pytest.param(AllJobsTopic(batch="batch"), ["member", "batch"], id="batch"),
        pytest.param(AllJobsTopic(frozenset({"a"}), "batch"), ["a", "member", "batch"], id="both"),
    ],
)
def test_filters(topic: AllJobsTopic, wanted: list[str]):
    events = [event("a"), event("b"), event("member", "batch"), event("batch")]
    assert [e.task_id for e in events if topic.wants(e)] == wanted


@pytest.mark.parametrize("status", list(Status))
def test_terminal_event_ends_a_job_stream(status: Status):
    event = Event((1, 0), b"", status.value, None, None)
    assert JobTopic("a").ends(event) is status.is_terminal
