"""What a workbook of Excel before 2007 would take of memory: its records, before they are read.

[MS-CFB] is the file (sectors in chains), [MS-XLS] the stream of records in it.
"""

import struct
from collections.abc import Iterator

from config.errors import InvalidReadings, TooLarge
from data.importers.containers.workbooks.bounds import MOST_TEXT, check_size

_END = 0xFFFFFFFA  # the first number that is no sector
_STREAMS = {"Workbook", "Book"}

_SST, _CONTINUE, _LABEL_SST, _MUL_RK, _MUL_BLANK, _BOF = (
    0x00FC,
    0x003C,
    0x00FD,
    0x00BD,
    0x00BE,
    0x0809,
)
_CELLS = frozenset(
    {0x0006, 0x0203, 0x0204, 0x0205, 0x027E, 0x0002, 0x0003, 0x0004, 0x0005, _LABEL_SST}
)
"""Formulas, numbers, texts and truths of all versions: each begins with row and column."""


def check_xls(data: bytes) -> None:
    """Raises `InvalidReadings` or `TooLarge` for a workbook that is none to read, or an attack."""
    try:
        stream = _stream(data)
    except (struct.error, IndexError, ValueError) as damaged:
        raise InvalidReadings(
            "The workbook is damaged, or only a part of it came.", hint="Send it again."
        ) from damaged
    rows = columns = shared = 0
    texts = list[bytes]()
    before = 0
    for kind, body in _records(stream):
        if kind == _BOF:
            rows = columns = 0
        elif kind == _SST or (kind == _CONTINUE and before == _SST):
            texts.append(body)
            before = _SST
            continue
        elif len(body) >= 4 and (kind in _CELLS or kind in (_MUL_RK, _MUL_BLANK)):
            row, column = struct.unpack_from("<HH", body)
            if kind == _MUL_RK:
                column = max(column, struct.unpack_from("<H", body, len(body) - 2)[0])
            if kind != _MUL_BLANK:
                rows, columns = max(rows, row + 1), max(columns, column + 1)
                check_size(rows, columns)
            shared += kind == _LABEL_SST
        before = kind
    # Only where it could be too much is it worth to look at each text.
    if (
        shared * min(sum(map(len, texts)), 0xFFFF) > MOST_TEXT
        and shared * _longest(texts) > MOST_TEXT
    ):
        raise TooLarge(
            "The workbook repeats long texts too often.",
            hint="Save the columns with the readings as CSV.",
        )


def _stream(data: bytes) -> bytes:
    """The stream of records, out of the sectors of the file."""
    shift, mini_shift = struct.unpack_from("<HH", data, 30)
    fats, directory = struct.unpack_from("<I", data, 44)[0], struct.unpack_from("<I", data, 48)[0]
    cutoff, mini_fat = struct.unpack_from("<I", data, 56)[0], struct.unpack_from("<I", data, 60)[0]
    if shift not in (9, 12) or mini_shift != 6:
        raise ValueError("no sectors")
    size = 1 << shift

    def sector(at: int) -> bytes:
        return data[(at + 1) << shift : (at + 2) << shift]

    places = list(struct.unpack_from("<109I", data, 76))
    more = struct.unpack_from("<I", data, 68)[0]
    for _ in range(len(data) >> shift):
        if more >= _END:
            break
        *some, more = struct.unpack(f"<{size // 4}I", sector(more))
        places += some
    table = [
        number
        for place in places[:fats]
        if place < _END
        for number in struct.unpack(f"<{size // 4}I", sector(place))
    ]

    def chain(start: int) -> bytes:
        return b"".join(map(sector, _chain(start, table)))

    entries = chain(directory)
    root = entries[:128]
    for at in range(0, len(entries) - 127, 128):
        entry = entries[at : at + 128]
        length = struct.unpack_from("<H", entry, 64)[0]
        if entry[: max(length - 2, 0)].decode("utf-16-le", "replace") not in _STREAMS:
            continue
        start, long = struct.unpack_from("<IQ", entry, 116)
        long &= 0xFFFFFFFF
        if long >= cutoff:
            return chain(start)[:long]
        small = chain(struct.unpack_from("<I", root, 116)[0])
        links = chain(mini_fat)
        mini = list(struct.unpack(f"<{len(links) // 4}I", links[: len(links) // 4 * 4]))
        return b"".join(small[n << 6 : (n + 1) << 6] for n in _chain(start, mini))[:long]
    raise ValueError("no workbook in it")


def _chain(start: int, table: list[int]) -> Iterator[int]:
    for _ in range(len(table) + 1):
        if start >= _END:
            return
        yield start
        start = table[start]
    raise ValueError("a ring of sectors")


def _records(stream: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        yield kind, stream[at + 4 : at + 4 + length]
        at += 4 + length


def _longest(parts: list[bytes]) -> int:
    """Characters of the longest shared text; a record that is broken is as long as one can be."""
    data, ends, end = b"".join(parts), set[int](), 0
    for part in parts:
        end += len(part)
        ends.add(end)
    borders = sorted(ends)
    at, longest, border = 8, 0, 0
    try:
        for _ in range(struct.unpack_from("<I", data, 4)[0]):
            count, flags = struct.unpack_from("<HB", data, at)
            longest = max(longest, count)
            at += 3
            tail = 0
            if flags & 8:
                tail += 4 * struct.unpack_from("<H", data, at)[0]
                at += 2
            if flags & 4:
                tail += struct.unpack_from("<I", data, at)[0]
                at += 4
            while count:
                while borders[border] <= at:
                    border += 1
                width = 2 if flags & 1 else 1
                fitting = min(count, (borders[border] - at) // width)
                at += fitting * width
                count -= fitting
                if count:
                    # What goes on in the next record says anew how wide its characters are.
                    at = borders[border]
                    flags = data[at] | (flags & ~1)
                    at += 1
            at += tail
    except (struct.error, IndexError):
        return 0xFFFF
    return longest
