"""The text/event-stream format, read from bytes as they come. No I/O.

Lines end at LF or CRLF and nowhere else: a text may hold U+2028 or U+0085, where `str.splitlines`
would break it. A block counts once its empty line is there: what a cut leaves of one is nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass

NUL = "\0"


@dataclass(frozen=True)
class Block:
    """What stands between two empty lines; None for what it does not have."""

    id: str | None = None
    data: str | None = None
    retry: float | None = None
    """Seconds to wait before the next connection."""
    comment: bool = False


class Parser:
    """Puts the pieces of one connection together."""

    def __init__(self) -> None:
        self._rest = b""
        self._lines: list[str] = []

    def feed(self, piece: bytes) -> Iterator[Block]:
        """The blocks that `piece` completes."""
        *lines, self._rest = (self._rest + piece).split(b"\n")
        for line in lines:
            text = line.removesuffix(b"\r").decode(errors="replace")
            if text:
                self._lines.append(text)
            elif self._lines:
                block = _block(self._lines)
                self._lines = []
                yield block


def _block(lines: list[str]) -> Block:
    event_id = retry = None
    data: list[str] = []
    comment = False
    for line in lines:
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "":
            comment = True
        elif name == "data":
            data.append(value)
        elif name == "id" and NUL not in value:
            event_id = value
        elif name == "retry" and value.isascii() and value.isdigit():
            retry = int(value) / 1000
    return Block(event_id, "\n".join(data) if data else None, retry, comment)
