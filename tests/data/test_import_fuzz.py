"""Whatever is sent, an importer stores it or says in words why not: nothing else comes out."""

import gzip
import io
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from config.errors import EnergyError
from data import Meter, Store
from data.embedded import EmbeddedStore
from data.importers import import_json, import_lines, import_table
from data.importers.summary import ImportSummary
from tests.reliability import note_inputs

HOME = Meter("electricity", "home", timezone="Europe/Rome")

SCRAPS = st.sampled_from(
    [
        "time", "value", "temperature", "meter", ",", ";", "\t", "\n", "\r\n", '"', "'", "#", " ", "=", "\\",
        "2024-03-31 02:30", "2024-10-27T02:00:00", "2024-01-01T00:00:00Z", "2024-01-01T00:00:00+24:00",
        "31/01/2024", "01.02.2024 25:00", "1/2/24 3:04 PM", "1704067200", "99999999999999999999", "0001-01-01",
        "9999-12-31T23:59:59Z", "-1", "1e400", "nan", "1,5", "0x10", "1_000", "٣", "é", "\x00", "\ufeff",
        "[", "]", "{", "}", ":", "null", '"time":', '"value":', '"readings":', "m value=1 ", "m,meter_id=home ",
    ]
)  # fmt: skip
TEXTS = st.lists(SCRAPS, max_size=40).map(lambda scraps: "".join(scraps).encode())
TABLES = TEXTS.map(lambda text: b"time,value\n" + text)
BODIES = st.one_of(TEXTS, TABLES, TABLES.map(gzip.compress), st.binary(max_size=200))

FUZZ = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

tried: Counter[str] = Counter()
"""Inputs that were tried, for the page."""


@pytest.fixture(scope="module", autouse=True)
def noted() -> Iterator[None]:
    yield
    for name, count in tried.items():
        note_inputs(
            f"readings invented by Hypothesis: {name}",
            tried=count,
            result="stored, or 4xx in words",
        )


Importer = Callable[[Store, Meter, io.BytesIO], ImportSummary]


@pytest.mark.parametrize(
    "send",
    [
        pytest.param(import_table, id="table"),
        pytest.param(lambda *what: import_table(*what, wide=True), id="wide"),
        pytest.param(lambda *what: import_table(*what, meter_column="value"), id="long"),
        pytest.param(lambda *what: import_table(*what, counter=True, day_first=True), id="counter"),
        pytest.param(import_json, id="json"),
        pytest.param(lambda *what: import_lines(*what, precision="s"), id="lines"),
    ],
)
@FUZZ
@given(body=BODIES)
@example(body=b"time,value\n2024-01-01 00:00,1\n2024-01-01T01:00:00Z,2\n")
@example(body=b"time,value\n9999-12-31T23:59:59Z,1\n2024-01-01T00:00:00Z,2\n")
@example(body=b'[{"time": 1e300, "value": 1}, {"time": 1704067200, "value": 1e999}]')
@example(body=rb'[{"time": "\ud800", "value": 1}]')
@example(body=rb'[{"time": "2024-01-01T00:00", "value": "\ud800"}]')
@example(body=b"m value=1 -99999999999999999999")
@example(body=b"\xff\xfe\x00")
def test_only_words_come_out(
    tmp_path: object, request: pytest.FixtureRequest, send: Importer, body: bytes
) -> None:
    store = EmbeddedStore(tmp_path / "readings.db")  # type: ignore[operator]
    tried[request.node.callspec.id] += 1
    try:
        summary = send(store, HOME, io.BytesIO(body))
    except EnergyError:
        pass  # Any other exception fails the test.
    else:
        counts = [meter for meter in store.meters() if meter.last_count is not None]
        assert summary.accepted > 0 or counts
        assert summary.replaced <= summary.accepted
    for meter in store.meters():
        assert store.span(meter) is not None
    store.close()
