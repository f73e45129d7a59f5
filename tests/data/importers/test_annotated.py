"""InfluxDB's annotated CSV."""

import pytest

from config.errors import InvalidReadings
from tests.data.importers.sheets import taken

A, B = "2024-05-03T00:00:00Z", "2024-05-03T01:00:00Z"
NOTES = "#group,false,false,true,true,false,false,true\n#datatype,string,long,dateTime:RFC3339,dateTime:RFC3339,dateTime:RFC3339,double,string\n#default,_result,,,,,,\n"
HEADING = ",result,table,_start,_stop,_time,_value,_field\n"


def rows(table: int, *readings: tuple[str, str, str]) -> str:
    return "".join(f",,{table},{A},{B},{time},{value},{field}\n" for time, value, field in readings)


ONE = NOTES + HEADING + rows(0, (A, "1.5", "kwh"), (B, "2", "kwh"))


@pytest.mark.parametrize("form", [None, "csv"])
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_tables_become_one(form: str | None, ends: str) -> None:
    text = ONE + rows(1, (A, "7", "litres")) + "\n" + NOTES + HEADING + rows(2, (B, "8", "litres"))
    found = taken(text.replace("\n", ends), form=form)
    assert found.rows == [
        ["time", "value", "_field"],
        [A, "1.5", "kwh"],
        [B, "2", "kwh"],
        [A, "7", "litres"],
        [B, "8", "litres"],
    ]
    assert (found.form, found.typed, found.lines) == ("annotated", True, [0, 5, 6, 7, 13])


def test_defaults_stand_for_cells_that_are_empty() -> None:
    text = (
        "#datatype,string,long,dateTime,double,string\n#default,_result,,,0.5,north\n,result,table,_time,_value,house\n,,0,"
        + A
        + ",,\n,,0,"
        + B
        + ",1,south\n"
    )
    assert taken(text).rows == [["time", "value", "house"], [A, "0.5", "north"], [B, "1", "south"]]


def test_other_tables_have_other_columns() -> None:
    text = (
        ONE
        + "\n#datatype,string,long,dateTime,double,string\n,result,table,_time,_value,house\n,,0,"
        + A
        + ",4,north\n"
    )
    assert taken(text).rows[-1] == [A, "4", "", "north"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (NOTES, "no table"),
        ("#datatype,string,string\n#group,true,true\n#default,,\n,error,reference\n,failed to run,897\n", "query failed"),
    ],
)  # fmt: skip
def test_what_is_refused(text: str, words: str) -> None:
    with pytest.raises(InvalidReadings, match=words):
        taken(text)
