"""Line protocol, formatted by column: a row at a time would take longer than the server does."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from data.frames import Floats, Seconds

BATCH = 50_000
"""Lines per request: 3 MB, half a second of the server's work. Of 10 000 it does a third less."""


class Lines(NamedTuple):
    """Some lines without a line break at the end, and their number."""

    number: int
    text: bytes


def tag(value: str) -> str:
    """Escape a tag's value; it has no line break and does not end in a backslash."""
    for character in (",", "=", " "):
        value = value.replace(character, "\\" + character)
    return value


def text_field(value: str) -> str:
    """A string field with its quotes."""
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def packed(parts: Iterable[Lines]) -> Iterator[bytes]:
    """Bodies of at most `BATCH` lines, several parts to one body where they fit."""
    pending, count = list[bytes](), 0
    for part in parts:
        if pending and count + part.number > BATCH:
            yield b"\n".join(pending)
            pending, count = [], 0
        pending.append(part.text)
        count += part.number
    if pending:
        yield b"\n".join(pending)


def readings_lines(head: str, seconds: Seconds, values: Floats) -> Iterator[Lines]:
    """Batches of `head value=1.5 1700000000`; `head` is the measurement with its tags."""
    for begin in range(0, len(seconds), BATCH):
        part = slice(begin, begin + BATCH)
        yield _joined(
            pa.scalar(f"{head} value="), _text(values[part]), pa.scalar(" "), _text(seconds[part])
        )


def rows_lines(
    heads: NDArray[Any] | str, fields: Mapping[str, Floats], seconds: Seconds, *, more: str = ""
) -> Iterator[Lines]:
    """Batches with several fields, NaN left out; `more` is constant fields, ready formatted.

    Each row must have at least one field.
    """
    for begin in range(0, len(seconds), BATCH):
        part = slice(begin, begin + BATCH)
        head = pa.scalar(heads) if isinstance(heads, str) else pa.array(heads[part], pa.string())
        columns = [_named(name, values[part]) for name, values in fields.items()]
        if more:
            columns.append(pa.array([more] * len(seconds[part])))
        body = pc.binary_join_element_wise(*columns, ",", null_handling="skip")
        yield _joined(head, pa.scalar(" "), body, pa.scalar(" "), _text(seconds[part]))


def _named(name: str, values: Floats) -> pa.Array:
    numbers = pa.array(values, mask=np.isnan(values)).cast(pa.string())
    return pc.binary_join_element_wise(pa.scalar(f"{name}="), numbers, "")


def _text(values: NDArray[Any]) -> pa.Array:
    # Arrow prints the shortest text that reads back as the same float.
    return pa.array(values).cast(pa.string())


def _joined(*parts: Any) -> Lines:
    lines = pc.binary_join_element_wise(*parts, "")
    everything = pa.ListArray.from_arrays(pa.array([0, len(lines)], pa.int32()), lines)
    text: str = pc.binary_join(everything, "\n")[0].as_py()
    return Lines(len(lines), text.encode())
