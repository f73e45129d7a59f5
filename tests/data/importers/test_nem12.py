"""NEM12, Australia's interval data."""

import pytest

from config.errors import InvalidReadings
from tests.data.importers.sheets import taken

QUARTERS = [f"{at}.5" for at in range(96)]


def day(values: list[str], quality: str = "A", date: str = "20240503") -> str:
    return f"300,{date},{','.join(values)},{quality},,,20240504101010,"


def register(
    suffix: str = "E1", unit: str = "kWh", minutes: int = 15, nmi: str = "QB01234567"
) -> str:
    return f"200,{nmi},E1B1,1,{suffix},N1,SER9,{unit},{minutes},"


def nem12(*records: str) -> str:
    return "\n".join(["100,NEM12,202405050000,MDP,RET", *records, "900"]) + "\n"


def test_a_day_a_record() -> None:
    found = taken(nem12(register(), day(QUARTERS)))
    assert len(found.rows) == 96
    assert found.rows[0] == ["2024-05-03T00:00:00+10:00", "0.5", "kWh", "E1", "QB01234567"]
    assert found.rows[-1] == ["2024-05-03T23:45:00+10:00", "95.5", "kWh", "E1", "QB01234567"]
    assert found.heading == ("time", "value", "unit", "register", "meter")
    assert found.facts == {
        "encoding": "UTF-8",
        "zone": "UTC+10 (NEM time, no summer time)",
        "resolution": "PT15M",
    }
    assert (found.form, found.typed, set(found.lines)) == ("nem12", True, {3})


@pytest.mark.parametrize("form", [None, "csv"])
@pytest.mark.parametrize(
    "text",
    [
        nem12(register(), day(QUARTERS)).replace("\n", "\r\n"),
        nem12(register(), day(QUARTERS)).replace("100,NEM12", '100,"NEM12"'),
        "\ufeff" + nem12(register(), day(QUARTERS)),
        "\n".join([register(), day(QUARTERS)]),
    ],
)
def test_it_is_told_from_other_csv(text: str, form: str | None) -> None:
    assert taken(text, form=form).form == "nem12"


@pytest.mark.parametrize(("minutes", "count"), [(1, 1440), (5, 288), (15, 96), (30, 48)])
def test_lengths_of_intervals(minutes: int, count: int) -> None:
    found = taken(nem12(register(minutes=minutes), day(["1"] * count)))
    assert len(found.rows) == count
    assert found.rows[1][0] == f"2024-05-03T00:{minutes:02}:00+10:00"


def test_meters_and_registers_are_told_apart() -> None:
    other = register("B1", "wh", nmi="QB07654321")
    text = nem12(
        register(),
        day(QUARTERS),
        register("Q1", "kVArh"),
        day(QUARTERS),
        other,
        day(QUARTERS),
        "500,O,S01,20240503,",
    )
    kinds = {tuple(row[2:]) for row in taken(text).rows}
    assert kinds == {
        ("kWh", "E1", "QB01234567"),
        ("kVArh", "Q1", "QB01234567"),
        ("wh", "B1", "QB07654321"),
    }


def test_values_of_no_quality_are_missing() -> None:
    assert {row[1] for row in taken(nem12(register(), day(QUARTERS, "N"))).rows} == {""}
    text = nem12(
        register(),
        day(QUARTERS, "V"),
        "400,1,4,A,,",
        "400,5,8,N,,",
        "400,9,96,S52,32,",
        day(QUARTERS, date="20240504"),
    )
    values = [row[1] for row in taken(text).rows]
    assert values[:96] == QUARTERS[:4] + [""] * 4 + QUARTERS[8:]
    assert values[96:] == QUARTERS


@pytest.mark.parametrize(
    ("records", "words"),
    [
        ((day(QUARTERS),), "Line 2 .* values before any register"),
        ((register(), day(QUARTERS[:90])), "Line 3 .* fewer than the 96 values"),
        ((register(), day(QUARTERS, date="2024-05-03")), "'2024-05-03' is no date"),
        ((register(minutes=7), day(QUARTERS)), "'7' is no length"),
        (("200,QB01234567,E1",), "a register of 3 fields"),
        ((register(), day(QUARTERS), "777,x"), "'777' is no record"),
        (
            ("250,QB01234567,E1,1,E1,,SER9,E,1,20240101,A,,,2,20240401,A,,,3,kWh,,20240402,",),
            "NEM13",
        ),
    ],
)
def test_what_is_refused(records: tuple[str, ...], words: str) -> None:
    with pytest.raises(InvalidReadings, match=words) as refused:
        taken(nem12(*records))
    assert refused.value.hint


def test_days_go_on_over_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("data.importers.containers.text.BLOCK_ROWS", 3)
    days = [
        line for at in range(1, 9) for line in (day(QUARTERS, "V", f"2024050{at}"), "400,1,96,N,,")
    ]
    found = taken(nem12(register(), *days))
    assert len(found.rows) == 8 * 96
    assert {row[1] for row in found.rows} == {""}
