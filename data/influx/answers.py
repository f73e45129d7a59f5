"""Answers of InfluxDB's /query: the nested JSON of 1.x and 2.x, chunks, the flat list of 3.x."""

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import csv

from config.errors import StoreUnavailable
from data.frames import Floats, Seconds

_READINGS_BEGIN = b'"columns":["time","value"],"values":[['
_NO_NUMBER = b"json: unsupported value"
"""What a server in Go says, with status 200, instead of an infinite number."""
_WHOLE_END = b"}]}]}"
_READINGS = csv.ConvertOptions(column_types={"time": pa.int64(), "value": pa.float64()})
_UNTHREADED = csv.ReadOptions(column_names=["time", "value"], use_threads=False)


class PageTooLong(StoreUnavailable):
    """The server cut the answer off or refused it; it would answer a narrower range of time."""

    hint = "Raise max-row-limit (1.x) or query-file-limit (3 Core) of the server."

    def __init__(self, server: str) -> None:
        super().__init__("InfluxDB does not answer a request in full.", server=server[:300])


class Overflowed(StoreUnavailable):
    """A sum is larger than a float, which the server's JSON cannot say."""


def error_of(body: bytes) -> str | None:
    """What the server complains of: at the top, in a statement's result, or as 3.x puts it."""
    # A year of readings is parsed elsewhere, faster; an error is a short body.
    if b'"error"' not in body[-4096:] and b'"error"' not in body[:4096]:
        return None
    try:
        documents = list(_documents(body))
    except ValueError:
        # A proxy's page, perhaps: what it says is all there is to tell.
        return body.decode("utf-8", "replace")
    for document in documents:
        if isinstance(document, dict):
            found = [document, *document.get("results", ())]
            for part in found:
                if part.get("error"):
                    return str(part["error"])
    return None


def readings_of(body: bytes) -> tuple[Seconds, Floats]:
    """Times (s) and values of a `SELECT "value"`. Raises `PageTooLong` where it is partial.

    Rows of two numbers differ from CSV only in their brackets, so they are handed to a CSV
    parser, which is five times as fast as one for JSON; every other shape goes the slow way.
    """
    begin = body.find(_READINGS_BEGIN)
    end = body.rfind(b"]]")
    if begin < 0 or body[end + 2 :].strip() != _WHOLE_END or body.count(b'"columns"', 0) != 1:
        table = table_of(body)
        values = table.get("value", pd.Series(dtype="float64"))
        kept = values.notna()
        times = table["time"][kept] if len(table) else pd.Series(dtype="int64")
        return times.to_numpy(dtype="int64"), values[kept].to_numpy(dtype="float64")
    rows = body[begin + len(_READINGS_BEGIN) : end].replace(b"],[", b"\n")
    parsed = csv.read_csv(pa.BufferReader(rows), _UNTHREADED, convert_options=_READINGS)
    parsed = parsed.drop_null()
    return parsed["time"].to_numpy(), parsed["value"].to_numpy()


def table_of(body: bytes) -> pd.DataFrame:
    """All rows of the answer; tags of GROUP BY become columns. `time` is in epoch seconds.

    Raises `PageTooLong` where the server says that the answer is partial.
    """
    try:
        documents = list(_documents(body))
    except ValueError as broken:
        if _NO_NUMBER in body:
            raise Overflowed("InfluxDB's answer has a number that is too large.") from broken
        raise StoreUnavailable(
            "InfluxDB's answer is not JSON.",
            hint="Is INFLUX_URL the address of InfluxDB itself?",
            answer=body[:200].decode("utf-8", "replace"),
        ) from broken
    frames = []
    for document in documents:
        if isinstance(document, list):
            frames.append(_flat(document))
            continue
        for result in document.get("results", ()):
            if result.get("partial"):
                raise PageTooLong("partial answer")
            for series in result.get("series", ()):
                if series.get("partial"):
                    raise PageTooLong("partial answer")
                rows = pd.DataFrame(series.get("values", []), columns=series["columns"])
                frames.append(rows.assign(**series.get("tags", {})))
    if not frames:
        return pd.DataFrame()
    return pd.concat(frames, ignore_index=True)


def _documents(body: bytes) -> Iterator[Any]:
    """The JSON documents of a body; a chunked answer is several. Raises `ValueError`."""
    text = body.decode("utf-8")
    decoder = json.JSONDecoder()
    position = 0
    while position < len(text):
        if text[position].isspace():
            position += 1
            continue
        document, position = decoder.raw_decode(text, position)
        yield document


def _flat(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Rows of 3.x: objects, times as text without a zone (UTC) unless an epoch was granted."""
    frame = pd.DataFrame(rows).drop(columns="iox::measurement", errors="ignore")
    if "time" in frame and not pd.api.types.is_numeric_dtype(frame["time"]):
        times = pd.to_datetime(frame["time"], utc=True, format="ISO8601")
        frame["time"] = pd.DatetimeIndex(times).as_unit("s").asi8.astype(np.int64)
    return frame
