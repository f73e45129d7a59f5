"""Importers: from files and request bodies into the store."""

from data.importers.importing import import_table
from data.importers.summary import ImportSummary
from data.importers.table import Chunk, read_table

__all__ = ["Chunk", "ImportSummary", "import_table", "read_table"]
