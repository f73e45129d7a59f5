"""The store in one SQLite file: `EmbeddedStore`. The rest of the package is its own."""

from data.embedded.store import EmbeddedStore

__all__ = ["EmbeddedStore"]
