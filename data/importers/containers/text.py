"""Lines of a text in whatever encoding, block by block, with their numbers."""

import codecs
import re
from collections.abc import Iterator

from config.errors import InvalidReadings
from data.importers.containers.opening import HEAD, Content

BLOCK_ROWS = 25_000
BLOCK_CHARACTERS = 4 << 20
"""About 20 MB of Python text at a time, however long or wide a file is."""
CHUNK = 1 << 20
"""Bytes that are decoded at once."""

LONGEST_LINE = 1 << 17
"""The longest cell that `csv` takes; a longer line is a binary file or an attack."""

UTF_8 = "UTF-8"
WORDS = {
    "utf-8": UTF_8,
    "utf-16-le": "UTF-16 (little end first)",
    "utf-16-be": "UTF-16 (big end first)",
    "cp1252": "Windows-1252",
    "cp850": "DOS (code page 850)",
}

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# What headings are written with, as far as their letters stand beside others: a 0xFC is ü on
# Windows and ³ in DOS, and only "m³" says which.
_PLAUSIBLE = re.compile(
    r"(?<=[A-Za-z])[äöüßéèêëàáâçñìíîïòóôùúûøåæœ]|[ÄÖÜÉÈÅØ](?=[A-Za-z])|€|°(?=[CF]?\b)|(?<=[\d /])°"
)
_CUBIC = re.compile(r"(?<=\bm)[³²](?![A-Za-z])|(?<=[dck]m)[³²]")


def encoding_of(head: bytes) -> tuple[str, int]:
    """The encoding by the first bytes, and the length of its mark.

    Text without any mark or NUL is "utf-8" until a byte comes that cannot be. Raises
    `InvalidReadings` for bytes that are no text.
    """
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding, len(mark)
    if b"\0" not in head:
        return "utf-8", 0
    even, odd = head[::2].count(0), head[1::2].count(0)
    half = len(head) // 2
    # In UTF-16 every second byte of Latin text is NUL, and next to none of the others.
    if half and odd > 0.7 * half and even < 0.1 * half:
        return "utf-16-le", 0
    if half and even > 0.7 * half and odd < 0.1 * half:
        return "utf-16-be", 0
    raise InvalidReadings(
        "There are NUL bytes in it: this is no text.",
        hint="Send a table as text (CSV), JSON, or a workbook (.xlsx, .xls, .ods).",
    )


def code_page_of(data: bytes) -> str:
    """Windows-1252 or the code page of DOS, by which of them makes letters of the bytes."""
    scores = {}
    for page in ("cp1252", "cp850"):
        text = data.decode(page, errors="replace")
        scores[page] = len(_PLAUSIBLE.findall(text)) + 2 * len(_CUBIC.findall(text))
    return max(scores, key=scores.__getitem__)


def decoded(content: Content) -> Iterator[str]:
    """The text, piece by piece; what it is taken for goes to the facts as `encoding`.

    A byte that no encoding explains becomes �.
    """
    encoding, mark = encoding_of(content.head()[:HEAD])
    content.stream.read(mark)
    content.facts["encoding"] = WORDS[encoding]
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    ascii_so_far = True
    while True:
        data = content.stream.read(CHUNK)
        before = decoder.getstate()[0]
        try:
            text = decoder.decode(data, final=not data)
        except UnicodeDecodeError:
            data = before + data
            if ascii_so_far and encoding == "utf-8":
                encoding = code_page_of(data)
                content.facts["encoding"] = WORDS[encoding]
            decoder = codecs.getincrementaldecoder(encoding)("replace")
            text = decoder.decode(data, final=not data)
        ascii_so_far = ascii_so_far and text.isascii()
        if text:
            yield text
        if not data:
            return


def batches(content: Content) -> Iterator[tuple[int, list[str]]]:
    """Lines without their ends, as many as a block may have, with the number of the first.

    Raises `InvalidReadings` for a line that is too long to be one.
    """
    first, lines, size, rest = 1, list[str](), 0, ""
    for text in decoded(content):
        text, held = rest + text, ""
        if "\r" in text:
            # A piece may end between the two characters of a Windows line end.
            if text.endswith("\r"):
                text, held = text[:-1], "\r"
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        *whole, rest = text.split("\n")
        _check_lengths(first + len(lines), [*whole, rest])
        rest += held
        lines += whole
        size += len(text)
        while lines and (len(lines) >= BLOCK_ROWS or size >= BLOCK_CHARACTERS):
            yield first, lines[:BLOCK_ROWS]
            first, lines = first + len(lines[:BLOCK_ROWS]), lines[BLOCK_ROWS:]
            size = sum(map(len, lines))
    if rest.rstrip("\r"):
        lines.append(rest.rstrip("\r"))
    if lines:
        yield first, lines


def _check_lengths(first: int, lines: list[str]) -> None:
    if max(map(len, lines)) >= LONGEST_LINE:
        line = next(at for at, line in enumerate(lines, first) if len(line) >= LONGEST_LINE)
        raise InvalidReadings(
            f"Line {line} is longer than {LONGEST_LINE:,} characters.",
            hint="Is it a text with a row on each line?",
        )
