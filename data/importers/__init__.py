"""Importers: from files and request bodies into the store.

Bytes → sheets of cells (`containers`) → a table with its heading (`cells`) → what its columns are
for (`columns`) → columns of times (`moments`) and numbers (`values`), row by row (`rows`) →
series and what they mean, or a question (`series`) → the store (`storing`). The face is
`import_readings`; the web process, which looks at media types alone, imports
`data.importers.formats` and no more.
"""

from typing import Any

_FACE = ("import_readings", "import_table", "import_json", "import_lines")

__all__ = ["import_json", "import_lines", "import_readings", "import_table"]


def __getattr__(name: str) -> Any:
    # pandas comes with the first import of readings, not with the names of formats.
    if name in _FACE:
        from data.importers import importing

        return getattr(importing, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
