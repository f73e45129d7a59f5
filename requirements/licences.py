"""Write `docs/licences.md`: what the platform is made of, and under which licences.

pip-licenses --from=mixed --format=json | python requirements/licences.py
"""

import json
import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent / "docs" / "licences.md"
HEAD = """\
# Licences

The packages that `requirements/base.lock` installs, as they describe themselves; written by
`make licences`. Browser libraries: uPlot (MIT), Swagger UI (Apache-2.0).

| package | version | licence |
|---|---|---|
"""


def installed_by_us() -> set[str]:
    """Names in the lock file."""
    lock = (HERE / "base.lock").read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z0-9.-]+)==", lock, re.MULTILINE))


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def main() -> None:
    ours = {canonical(name) for name in installed_by_us()}
    rows = [
        # Some packages put the whole text where the name belongs.
        (package["Name"], package["Version"], package["License"].partition("\n")[0])
        for package in json.load(sys.stdin)
        if canonical(package["Name"]) in ours
    ]
    lines = [f"| {' | '.join(row)} |" for row in sorted(rows)]
    PAGE.write_text(HEAD + "\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
