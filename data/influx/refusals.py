"""What a refusal of InfluxDB becomes: an error of ours, with what to do about it."""

from influxdb.exceptions import InfluxDBClientError

from config.errors import InvalidReadings, StoreUnavailable
from data.influx.answers import PageTooLong, error_of


class DatabaseMissing(StoreUnavailable):
    """The server answers, but has not got the database (yet)."""


def refusal(refused: InfluxDBClientError, url: str, database: str) -> Exception:
    """The error for an answer of 4xx from the server at `url`."""
    text = str(refused.content)
    reason = error_of(text.encode()) or text
    if refused.code in (401, 403):
        return StoreUnavailable(
            f"InfluxDB at {url} refuses the credentials.",
            hint="Check INFLUX_TOKEN (2.x, 3.x) or INFLUX_USERNAME and INFLUX_PASSWORD (1.x).",
            status=refused.code,
            server=reason[:300],
        )
    if refused.code == 400 and "partial write" in reason:
        return InvalidReadings(
            "InfluxDB stored only a part of the points.",
            hint="Often older than the retention of the bucket, or a field of another type.",
            server=reason[:300],
        )
    return statement_error(reason, url, database, status=refused.code)


def statement_error(reason: str, url: str, database: str, *, status: int = 200) -> Exception:
    """The error for a statement that the server answers with `reason`."""
    words = reason.lower()
    if "database not found" in words or ("bucket" in words and "not found" in words):
        return DatabaseMissing(
            f"InfluxDB at {url} has no bucket or database {database!r}.",
            hint="Create it there, with a DBRP mapping on 2.x; or correct INFLUX_BUCKET.",
            server=reason[:300],
        )
    if "file limit" in words or "max-select-point" in words:
        return PageTooLong(reason)
    return StoreUnavailable(
        f"InfluxDB at {url} refuses a request: {reason[:200]}",
        status=status,
    )
