"""Readings that come in and are looked at: import, preview, deletion, quality."""
