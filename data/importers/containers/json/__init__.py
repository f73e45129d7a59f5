"""JSON: the list of readings somewhere in it, whoever wrote it. Face: `reading.read`."""
