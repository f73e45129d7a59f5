"""Tables in HTML."""

import pytest

from config.errors import InvalidReadings, TooLarge
from tests.data.importers.sheets import taken

HEAD = "<tr><th>Datum</th><th>Verbrauch<br>(kWh)</th></tr>"
ROWS = "<tr><td>03.05.2024 00:00</td><td> 0,25&nbsp;</td></tr><tr><td>03.05.2024 00:15</td><td><b>0,5</b></td></tr>"
WANTED = [["Datum", "Verbrauch (kWh)"], ["03.05.2024 00:00", "0,25"], ["03.05.2024 00:15", "0,5"]]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"<html><head><meta charset=utf-8></head><body><table>{HEAD}{ROWS}</table></body></html>", id="page"),
        pytest.param(f"<TABLE><TBODY>{HEAD}{ROWS}</TBODY></TABLE>", id="table alone"),
        pytest.param(f"<html><table><tr><td>Menu</td></tr></table><table>{HEAD}{ROWS}</table><table><tr><td>1</td></tr></table>", id="other tables"),
        pytest.param(f"<html><table><tr><td>left</td><td><table>{HEAD}{ROWS}</table></td></tr></table>", id="within another"),
        pytest.param(f"<html><table>{HEAD}{ROWS}".replace("</td>", "").replace("</tr>", ""), id="ends left out"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("form", [None, "xls", "csv"])
def test_the_table_with_times_and_numbers(text: str, form: str | None) -> None:
    found = taken(text, form=form)
    assert found.rows == WANTED
    assert (found.form, found.typed, found.place, found.lines) == ("html", False, "row", [1, 2, 3])


def test_cells_over_columns_and_letters_of_windows() -> None:
    text = f'<table><tr><td colspan="2">Zählpunkt 7</td></tr><tr><td colspan="99999"></td></tr>{HEAD}{ROWS}</table>'
    found = taken(text.encode("cp1252"))
    assert found.rows == [["Zählpunkt 7", ""], *WANTED]
    assert found.lines == [1, 3, 4, 5]


@pytest.mark.parametrize(
    "text",
    [
        "<!DOCTYPE html><html><body><form>Sign in</form></body></html>",
        "<html><table><tr><td>a</td><td>b</td></tr></table></html>",
        "<html>",
        "<table><tr><td",
    ],
)
def test_a_page_without_one_is_called_a_web_page(text: str) -> None:
    with pytest.raises(InvalidReadings, match="This is a web page"):
        taken(text)


def test_a_broken_page_is_called_so() -> None:
    with pytest.raises(InvalidReadings, match="broken"):
        taken("<html>" + "<![" * 100)


def test_pages_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("data.importers.containers.web_page.LONGEST_PAGE", 1000)
    with pytest.raises(TooLarge):
        taken("<html>" + " " * 2000)
