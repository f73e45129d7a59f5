"""The program's own styles and modules, as pages load them.

Read once: one sheet instead of nine, each module with a list of what it imports, all under an
address that changes with their content, so that browsers may keep them for good.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

STATIC = Path(__file__).parent.parent / "static"
UPLOT_SHEET = (
    Path(__file__).parent.parent / "browser" / "node_modules" / "uplot" / "dist" / "uPlot.min.css"
)
SHEETS = ("theme", "layout", "controls", "cards", "tables", "jobs", "meters", "chart", "import")
"""In the order in which later ones refine earlier ones; uPlot's own sheet comes before them."""
SHEET = "pages.css"

IMPORT = re.compile(r"from '\./([\w-]+)\.js'")
VERSION_DIGITS = 12


@dataclass(frozen=True)
class OwnFiles:
    """Files by name (`pages.css`, `js/meter.js`), and a version that changes with any of them."""

    files: Mapping[str, bytes]
    version: str

    def modules_of(self, name: str) -> list[str]:
        """The module of a page and all that it imports, directly or not, itself first."""
        found = [name]
        for module in found:
            source = self.files[f"js/{module}.js"].decode()
            found.extend(name for name in IMPORT.findall(source) if name not in found)
        return [f"js/{module}.js" for module in found]


def read_own_files() -> OwnFiles:
    """Read what lies under `static/css` and `static/js`, and the sheet of the chart library."""
    sheets = [STATIC / "css" / f"{name}.css" for name in SHEETS]
    if UPLOT_SHEET.exists():  # until the set-up has installed it, all but the charts works
        sheets.insert(0, UPLOT_SHEET)
    files = {SHEET: b"\n".join(sheet.read_bytes() for sheet in sheets)}
    files |= {f"js/{file.name}": file.read_bytes() for file in sorted(STATIC.glob("js/*.js"))}
    digest = hashlib.sha256(b"\0".join(files.values())).hexdigest()
    return OwnFiles(files=files, version=digest[:VERSION_DIGITS])
