"""Numbers in the signs that people use; which of two readings, and when neither."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.importers.values.numbers import MISSING, NumberFormat, find_number_format


def read(texts: list[str], **given_: Any) -> tuple[NumberFormat, list[float | None]]:
    """The format that is found, and the values; None where unreadable, NaN where missing."""
    cells = np.array(texts, dtype=object)
    found = find_number_format(cells, **{"delimiter": ";", **given_})
    values, missing, unreadable = found.read(cells)
    assert not (missing & unreadable).any()
    assert (np.isnan(values) == (missing | unreadable)).all()
    return found, [
        None if bad else value for value, bad in zip(values.tolist(), unreadable, strict=True)
    ]


@pytest.mark.parametrize(
    ("texts", "given_", "values"),
    [
        pytest.param(["0.5", "12", "1.25"], {}, [0.5, 12, 1.25], id="points"),
        pytest.param(["0,5", "12", "1,25"], {}, [0.5, 12, 1.25], id="commas"),
        pytest.param(["0,5", "12", "1,25"], {"delimiter": ","}, [0.5, 12, 1.25], id="quoted commas"),
        pytest.param(["0.125", "1.250"], {}, [0.125, 1.25], id="a leading zero tells"),
        pytest.param([".125", "1.250"], {}, [0.125, 1.25], id="nothing before the point"),
        pytest.param(["-0,125", "1,250"], {}, [-0.125, 1.25], id="a leading zero below zero"),
        pytest.param(["10234.125", "1.250"], {}, [10234.125, 1.25], id="four digits before it"),
        pytest.param(["1.234,5", "2.345,25"], {}, [1234.5, 2345.25], id="the last of both is decimal"),
        pytest.param(["1,234.5", "987.25"], {}, [1234.5, 987.25], id="and the other way round"),
        pytest.param(["1.234.567", "1.234"], {}, [1234567, 1234], id="twice in one"),
        pytest.param(["1,234,567", "987"], {"delimiter": ","}, [1234567, 987], id="twice in one, commas"),
        pytest.param(["12,34,567.5", "987"], {}, [1234567.5, 987], id="India"),
        pytest.param(["2.713", "1.101", "914", "1.207", "803"], {}, [2713, 1101, 914, 1207, 803], id="thousands beside hundreds"),
        pytest.param(["1,234", "987"], {"delimiter": ","}, [1234, 987], id="quoted thousands beside hundreds"),
        pytest.param(["1.234", "2.345"], {"delimiter": ","}, [1.234, 2.345], id="a point in a file with commas"),
        pytest.param(["1.234", "0"], {"delimiter": ","}, [1.234, 0], id="and a nought beside"),
        pytest.param(["1.234", "0,5"], {}, [1234, 0.5], id="the other sign is decimal"),
        pytest.param(["1 234,5", "987,0"], {}, [1234.5, 987], id="blanks"),
        pytest.param(["1 234", "987"], {}, [1234, 987], id="blanks alone"),
        pytest.param(["1\u00a0234,5", "1\u202f234,5", "1\u2009234,5"], {}, [1234.5] * 3, id="blanks of typesetters"),
        pytest.param(["1'234.5", "1\u2019234.5"], {}, [1234.5] * 2, id="apostrophes"),
        pytest.param(["\u22121,22", "\u20131,5", "1,22-", "+1,5", "(1,2)", "- 3,1"], {}, [-1.22, -1.5, -1.22, 1.5, -1.2, -3.1], id="signs"),
        pytest.param(["1.2E-3", "1,2E+03", "1.5"], {}, [0.0012, None, 1.5], id="exponents"),
        pytest.param(["1,2E+03", "2"], {}, [1200, 2], id="exponents with commas"),
        pytest.param(["1.234E3", "2"], {}, [1234, 2], id="three digits before an exponent"),
        pytest.param([" 0.5 ", '="0.25"', "\u00a00.75"], {}, [0.5, 0.25, 0.75], id="what stands around"),
        pytest.param(["0.5 kWh", "12 kWh", "7kWh"], {}, [0.5, 12, 7], id="a unit behind"),
        pytest.param(["0,5 l", "1.250,5 l"], {}, [0.5, 1250.5], id="a unit behind thousands"),
        pytest.param(["0.5 kWh", "12 Wh"], {}, [None, None], id="two units"),
        pytest.param(["50 %", "12 pcs"], {}, [None, None], id="no unit"),
        pytest.param(["0.5", "1.5 kWh", "2.5"], {}, [0.5, None, 2.5], id="a unit behind a few"),
        pytest.param(["0.5", "12,5", "1.5"], {}, [0.5, None, 1.5], id="the rarer decimal sign"),
        pytest.param(["0.5", "1,234", "12,5", "1.5"], {}, [0.5, None, None, 1.5], id="nothing is believed of it"),
        pytest.param(["1.2.3", "0.5", "1e400", "inf", "0x10", "1_000", "\u0663", "1-2"], {}, [None, 0.5, *[None] * 6], id="no numbers"),
        pytest.param(["1.23,4", "0,5"], {}, [None, 0.5], id="no groups of three"),
        pytest.param(["1.234", "2.5"], {"decimal": ","}, [1234, None], id="the sign was said"),
        pytest.param(["1.234", "2.345"], {"decimal": "."}, [1.234, 2.345], id="and so"),
        pytest.param(["1.234", "987"], {"typed": True}, [1.234, 987], id="numbers of a workbook"),
        pytest.param(["1,5", "987"], {"typed": True}, [1.5, 987], id="texts of a workbook"),
        pytest.param([], {}, [], id="none"),
    ],
)  # fmt: skip
def test_numbers(texts: list[str], given_: dict[str, Any], values: list[float | None]) -> None:
    found, got = read(texts, **given_)
    assert got == values
    assert not found.ambiguous


@pytest.mark.parametrize(
    ("texts", "delimiter"),
    [
        (["1.234", "2.345"], ";"),
        (["1,234", "2,345"], ";"),
        (["1,234", "2,345"], ","),
        (["1.234", "0"], ";"),
        (["1.234", "2345"], ";"),
        (["1.234", "2,345"], ";"),
        (["1.234", "987"], ","),
        (["1.234"], None),
    ],
)
def test_numbers_with_two_readings_are_asked_for(texts: list[str], delimiter: str | None) -> None:
    found, _ = read(texts, delimiter=delimiter)
    assert found.ambiguous
    for decimal in ".,":
        said, _ = read(texts, delimiter=delimiter, decimal=decimal)
        assert not said.ambiguous


def test_words_for_nothing() -> None:
    words = [*MISSING, *map(str.upper, MISSING), " n/e ", "\u2013", "\u2212", "k.A."]
    _, missing, unreadable = NumberFormat().read(np.array(words, dtype=object))
    assert missing.all()
    assert not unreadable.any()


@pytest.mark.parametrize("cells", [["1,5", ""], ["1,5", "n/e"], ["1,5", None]])
def test_nothing_beside_something(cells: list[str | None]) -> None:
    values, missing, unreadable = NumberFormat(",").read(np.array(cells, dtype=object))
    assert values[0] == 1.5
    assert missing.tolist() == [False, True]
    assert not unreadable.any()


def test_whole_numbers_settle_nothing_for_what_follows() -> None:
    found = find_number_format(np.array(["931", "870", "0"], dtype=object), delimiter=";")
    values, _, unreadable = found.read(
        np.array(["7", "1.022", "1,022", "0.125", "-2.464", "12.5"], dtype=object)
    )
    assert unreadable.tolist() == [False, True, True, False, True, False]
    assert values[~unreadable].tolist() == [7, 0.125, 12.5]


def test_thousands_that_the_sample_did_not_have() -> None:
    found = find_number_format(np.array(["0,5", "999,5"], dtype=object), delimiter=";")
    values, _, unreadable = found.read(np.array(["1.000,5", "1 000,5", "1.000"], dtype=object))
    assert unreadable.tolist() == [False, False, True]
    assert values[:2].tolist() == [1000.5, 1000.5]


@pytest.mark.parametrize(
    ("texts", "unit"),
    [
        (["0.5 kWh", "1 kWh"], "kWh"),
        (["12 l", ""], "L"),
        (["0.5", "1"], None),
        (["1 kWh", "1 Wh"], None),
    ],
)
def test_the_unit_behind(texts: list[str], unit: str | None) -> None:
    assert read(texts)[0].unit == unit


def written(value: float, places: int, decimal: str, thousands: str) -> str:
    text = f"{value:,.{places}f}" if thousands else f"{value:.{places}f}"
    return text.translate({ord(","): thousands, ord("."): decimal})


@settings(max_examples=300, deadline=None, derandomize=True)
@given(
    numbers=st.lists(st.floats(-1e7, 1e7, allow_nan=False), min_size=1, max_size=30),
    places=st.integers(0, 4),
    signs=st.sampled_from([(".", ""), (",", ""), (".", ","), (",", "."), (",", " "), (",", "\u202f"), (".", "'")]),
    delimiter=st.sampled_from([",", ";", "\t"]),
)  # fmt: skip
def test_what_is_written_comes_back_or_is_asked_for(
    numbers: list[float], places: int, signs: tuple[str, str], delimiter: str
) -> None:
    cells = [written(number, places, *signs) for number in numbers]
    found, values = read(cells, delimiter=delimiter)
    right = [float(f"{number:.{places}f}") for number in numbers]
    # Points for thousands go with decimal commas, and those with another delimiter: taken for granted.
    if not found.ambiguous and (delimiter, signs[1]) != (",", "."):
        assert values == right
    said, values = read(cells, delimiter=delimiter, decimal=signs[0])
    assert values == right
    assert not said.ambiguous
    assert not any(math.isnan(value) for value in values if value is not None)
