"""Delimited text, and the sign that parts its cells. Face: `reading.read`."""
