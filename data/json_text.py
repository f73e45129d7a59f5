"""JSON that a client sent: what it may hold beside being JSON."""

import json
import re
from typing import Any

from config.errors import InvalidRequest

_HALF = re.compile(r"\\u[dD][89a-fA-F]")
_SHOWN = 20


def check_characters(text: str, parsed: Any) -> None:
    r"""Refuse half a character: JSON can spell one (`\ud800`), but UTF-8 cannot, and so no store.

    :param parsed: what `text` was read as.
    :raises InvalidRequest: with what stands before it.
    """
    if not _HALF.search(text):
        return
    try:
        json.dumps(parsed, ensure_ascii=False).encode()
    except UnicodeEncodeError as broken:
        before = broken.object[max(broken.start - _SHOWN, 0) : broken.start]
        half = ascii(broken.object[broken.start])
        raise InvalidRequest(
            f"{half} after {before!r} is half a character.",
            hint=r"Write a character as it is, or both halves of it: \ud83d\ude00.",
        ) from broken
