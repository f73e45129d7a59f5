"""The importers under libFuzzer: `make fuzz`, for as long as one likes; not part of the tests.

Whatever comes in, an importer stores it or raises one of our errors; anything else is a finding,
and atheris leaves the input in a file.
"""

import io
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["data"]):
    from config.errors import EnergyError
    from data import Meter
    from data.embedded import EmbeddedStore
    from data.importers import import_json, import_lines, import_table

IMPORTERS = (import_table, import_json, import_lines)
HOME = Meter("electricity", "home", timezone="Europe/Rome")
STORE = EmbeddedStore(Path(tempfile.mkdtemp()) / "readings.db")


def one_input(data: bytes) -> None:
    """The first byte chooses the importer, the rest is what it reads."""
    send = IMPORTERS[data[0] % len(IMPORTERS)] if data else import_table
    with suppress(EnergyError):
        send(STORE, HOME, io.BytesIO(data[1:]))


def main() -> None:
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
