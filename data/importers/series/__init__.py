"""Rows to the series that they are, or to a question: face `decide`, `Meaning`."""
