"""Whether texts of times have a from and a to, or a time and its offset from UTC."""

import re

from data.importers.moments.shapes import Shape
from data.importers.moments.texts import take_apart

_SAMPLES = 2_000
"""Rows of a shape that are looked at one by one."""
_FEW = 3
"""So many ends behind a minus, and they are clocks: a file has two offsets from UTC at most."""

_MINUS = re.compile(r"(?:\d[:.h]?\d\d|[ T]\d{1,2})[-–]\d{1,2}(:?\d\d)?\s*$")


def have_ends(shapes: list[Shape]) -> bool:
    """Whether what stands behind a minus is another clock, and not how far it is from UTC."""
    ends: set[str] = set()
    starts: list[tuple[str, str]] = []
    for shape in shapes:
        single = take_apart(shape.example)
        if single is None or single.offset is None or not _MINUS.search(shape.example):
            continue
        for signs in shape.signs[:_SAMPLES]:
            text = signs.tobytes().decode("utf-8", errors="replace").strip()
            clock, _, end = re.sub("–", "-", text).rpartition("-")
            ends.add(end)
            if len(ends) > _FEW:
                return True
            starts.append((re.split(r"[ tT]", clock)[-1], end))
    if not starts or any("T" in shape.example.upper() for shape in shapes):
        return False
    return all(_a_step_later(start, end) for start, end in starts)


def _a_step_later(start: str, end: str) -> bool:
    """Whether one clock is at most an hour after the other."""
    clocks = [re.findall(r"\d{1,2}", text) for text in (start, end)]
    if {len(clock) for clock in clocks} not in ({1}, {2}):
        return False
    first, second = (int(hour) * 60 + int(*minute or ("0",)) for hour, *minute in clocks)
    return 0 < (second - first) % (24 * 60) <= 60
