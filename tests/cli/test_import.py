"""`energy import`, `meters` and `demo` as commands, on an embedded store of their own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from config import load_settings
from data import open_store
from data.store import Store

ENERGY = Path(sys.executable).parent / "energy"
HOURS = [f"2026-01-01T{hour:02d}:00" for hour in range(24)]


class Command:
    """`energy` with a folder of its own for everything it writes."""

    def __init__(self, folder: Path) -> None:
        self.environment = {"STATE_DIR": str(folder / "state"), "LOG_DIR": str(folder / "logs")}

    def __call__(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(ENERGY), *arguments], input=stdin, capture_output=True, text=True,
            env={**os.environ, **self.environment, "COLUMNS": "200"},
        )  # fmt: skip

    @property
    def store(self) -> Store:
        return open_store(load_settings(self.environment))


@pytest.fixture
def energy(tmp_path: Path) -> Command:
    return Command(tmp_path)


def table(path: Path, *columns: str, rows: list[str]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([",".join(columns), *rows]))
    return path


def test_one_file(energy: Command, tmp_path: Path) -> None:
    file = table(
        tmp_path / "x.csv", "time", "kWh", rows=[f"{at},{n}" for n, at in enumerate(HOURS)]
    )

    done = energy(
        "import", str(file), "--meter-type", "electricity", "--meter-id", "office",
        "--timezone", "Europe/Rome", "--country", "IT",
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    assert "24 readings of 24 rows" in done.stdout
    meter = energy.store.meter("electricity", "office")
    assert (meter.country, meter.timezone) == ("IT", "Europe/Rome")
    assert energy.store.readings(meter).index[0].isoformat() == "2025-12-31T23:00:00+00:00"
    assert "electricity/office" in energy("meters").stdout


def test_a_folder_names_its_meters(energy: Command, tmp_path: Path) -> None:
    for name in ("north", "south"):
        rows = [f"{at}Z,1" for at in HOURS]
        table(tmp_path / "in" / f"{name}.csv", "timestamp", "value", rows=rows)

    done = energy("import", str(tmp_path / "in"), "--meter-type", "water")

    assert done.returncode == 0, done.stderr
    assert [meter.meter_id for meter in energy.store.meters()] == ["north", "south"]


def test_a_wide_file_holds_several_meters(energy: Command, tmp_path: Path) -> None:
    rows = [f"{at}Z,{n},{2 * n}" for n, at in enumerate(HOURS)]
    file = table(tmp_path / "wide.csv", "timestamp", "north", "south", rows=rows)

    done = energy("import", str(file), "--meter-type", "water", "--wide")

    assert done.returncode == 0, done.stderr
    assert [meter.meter_id for meter in energy.store.meters()] == ["north", "south"]


def test_standard_input(energy: Command) -> None:
    text = "\n".join(["timestamp,value", *(f"{at}Z,1" for at in HOURS)])
    done = energy("import", "-", "--meter-type", "water", "--meter-id", "m", stdin=text)
    assert done.returncode == 0, done.stderr
    nameless = energy("import", "-", "--meter-type", "water", stdin=text)
    assert nameless.returncode == 1
    assert "--meter-id" in nameless.stderr


def test_the_merged_files_of_the_demo(energy: Command, tmp_path: Path) -> None:
    assert energy("demo", "--write", str(tmp_path / "merged")).returncode == 0
    file = tmp_path / "merged" / "Merged_Water_Temperature.csv"

    done = energy("import", str(file), "--meter-type", "water", "--meter-id", "merged")

    assert done.returncode == 0, done.stderr
    assert "17,520 readings" in done.stdout
    assert "17,520 with weather" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(
            ("import", "nowhere.csv", "--meter-type", "water"), "does not exist", id="file"
        ),
        pytest.param(("import", "-", "--meter-type", "gas"), "electricity, water", id="type"),
        pytest.param(("meters",), "energy demo", id="no-meters"),
        pytest.param(
            ("train", "--meter-type", "water", "--meter-id", "x"), "energy up", id="no-api"
        ),
    ],
)
def test_a_mistake_is_one_clear_line(
    energy: Command, arguments: tuple[str, ...], words: str
) -> None:
    energy.environment["API_PORT"] = "1"
    done = energy(*arguments)
    assert done.returncode != 0
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_a_wrong_setting_is_one_line(energy: Command) -> None:
    energy.environment["API_PORT"] = "eighty"
    done = energy("up")
    assert done.returncode == 1
    assert done.stderr == "energy: API_PORT: 'eighty' is not a whole number.\n"


def test_a_file_in_another_zone_does_not_move_its_meter(energy: Command, tmp_path: Path) -> None:
    file = table(tmp_path / "x.csv", "time", "kWh", rows=[f"{at},1" for at in HOURS])
    ids = ("--meter-type", "electricity", "--meter-id", "office")
    energy("meters", "set", *ids, "--timezone", "Europe/Rome")

    done = energy("import", str(file), *ids, "--timezone", "UTC")

    assert "Times are read in UTC; electricity/office stays in Europe/Rome" in done.stdout
    meter = energy.store.meter("electricity", "office")
    assert meter.timezone == "Europe/Rome"
    assert energy.store.readings(meter).index[0].isoformat() == "2026-01-01T00:00:00+00:00"


@pytest.mark.parametrize("known", [False, True], ids=["new-meter", "known-meter"])
def test_a_country_that_there_is_not_is_refused(
    energy: Command, tmp_path: Path, known: bool
) -> None:
    file = table(tmp_path / "x.csv", "time", "kWh", rows=[f"{at},1" for at in HOURS])
    ids = ("--meter-type", "electricity", "--meter-id", "office")
    if known:
        energy("meters", "set", *ids, "--country", "IT")

    done = energy("import", str(file), *ids, "--country", "Italy")

    assert done.returncode == 1
    assert "country: Italy is no country's code" in done.stdout + done.stderr
    assert [meter.country for meter in energy.store.meters()] == (["IT"] if known else [])


def test_reactive_energy_is_refused(energy: Command, tmp_path: Path) -> None:
    file = table(tmp_path / "x.csv", "time", "usage (kvarh)", rows=[f"{at},1" for at in HOURS])

    done = energy("import", str(file), "--meter-type", "electricity", "--meter-id", "office")

    assert done.returncode == 1
    assert "reactive energy" in done.stderr
    assert energy.store.meters() == []


def test_a_question_comes_with_its_answers(energy: Command, tmp_path: Path) -> None:
    rows = [f"{at},{n % 5},{n % 3}" for n, at in enumerate(HOURS)]
    file = table(tmp_path / "x.csv", "time", "load (kWh)", "purchased (kWh)", rows=rows)
    words = ("import", str(file), "--meter-type", "electricity", "--meter-id", "office")

    asked = energy(*words)
    looked = energy(*words, "--value-column", "load (kWh)", "--dry-run")
    assert energy.store.meters() == []
    done = energy(*words, "--value-column", "load (kWh)")

    assert asked.returncode == 1
    assert "--value-column 'load (kWh)'" in asked.stdout
    assert "24 readings, sum 46 kWh" in asked.stdout
    assert "would be stored" in looked.stdout
    assert "read as: unit: kWh" in looked.stdout
    assert "24 readings of 24 rows stored" in done.stdout
    assert energy.store.readings(energy.store.meters()[0]).sum() == 46
