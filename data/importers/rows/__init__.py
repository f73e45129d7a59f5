"""Cells to columns of times and numbers, block by block: face `Filling`, `Rows`."""
