"""Points of the Common Information Model: a place in a period in place of a time."""

import pytest

from data.importers.containers.json.positions import with_times
from data.importers.containers.json.table import Table

NAMES = ("interval.start", "period.start", "period.end", "resolution", "position", "quantity")
BEGIN = "2024-10-26T22:00Z"


def table(position: str, resolution: str = "PT15M", start: str = BEGIN) -> Table:
    """Two points, asked for from another time than their period begins at."""
    rows = [
        ["2024-01-01T00:00Z", start, "2024-10-27T23:00Z", resolution, at, 0.5]
        for at in ("1", position)
    ]
    return Table(("result",), NAMES, rows)


@pytest.mark.parametrize(
    ("position", "resolution", "expected"),
    [
        pytest.param("2", "PT15M", "2024-10-26T22:15:00+00:00", id="quarter"),
        pytest.param("26", "PT1H", "2024-10-27T23:00:00+00:00", id="over-a-clock-change"),
        pytest.param("3", "PT60M", "2024-10-27T00:00:00+00:00", id="sixty-minutes"),
    ],
)
def test_a_place_is_counted_from_the_start_of_its_own_period(
    position: str, resolution: str, expected: str
) -> None:
    found = with_times(table(position, resolution))
    assert found.names == ("time", "quantity")
    assert [row[0] for row in found.rows] == ["2024-10-26T22:00:00+00:00", expected]


@pytest.mark.parametrize(
    ("position", "resolution", "start"),
    [
        pytest.param("9" * 15, "PT15M", BEGIN, id="place-beyond-all-time"),
        pytest.param("9" * 5000, "PT15M", BEGIN, id="place-of-5000-digits"),
        pytest.param("999999", "PT99H", "9999-01-01T00:00Z", id="beyond-the-calendar"),
        pytest.param("2", "PT" + "9" * 30 + "H", BEGIN, id="endless-step"),
        pytest.param("2", "P1D", BEGIN, id="days-of-the-calendar"),
        pytest.param("-1", "PT1H", BEGIN, id="no-place"),
        pytest.param("²", "PT1H", BEGIN, id="a-digit-that-is-none"),
        pytest.param("2", "PT1H", "2024-13-45T00:00Z", id="no-day"),
        pytest.param("2", "PT1H", "yesterday", id="no-time"),
    ],
)
def test_what_is_no_place_in_time_stays_as_it_is(
    position: str, resolution: str, start: str
) -> None:
    given = table(position, resolution, start)
    assert with_times(given) is given
