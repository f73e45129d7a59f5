"""Formats of readings in requests, as far as a request names them; reading them takes frames."""

from collections.abc import Mapping

FORMATS: Mapping[str, str] = {
    "text/csv": "csv",
    "application/json": "json",
    "text/plain": "lines",
}
"""Formats by media type; line protocol has none of its own and travels as text/plain."""

PRECISIONS: Mapping[str, int] = {
    "n": 1,
    "ns": 1,
    "u": 1_000,
    "us": 1_000,
    "ms": 10**6,
    "s": 10**9,
    "m": 60 * 10**9,
    "h": 3600 * 10**9,
}
"""Nanoseconds in the unit of a timestamp, by the names that /write of InfluxDB takes."""
