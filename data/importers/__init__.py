"""Importers: from files and request bodies into the store."""

from data.importers.chunks import Chunk
from data.importers.importing import import_json, import_lines, import_table
from data.importers.json_body import read_json
from data.importers.line_protocol import read_lines
from data.importers.summary import ImportSummary
from data.importers.table import read_table

__all__ = [
    "Chunk",
    "ImportSummary",
    "import_json",
    "import_lines",
    "import_table",
    "read_json",
    "read_lines",
    "read_table",
]
