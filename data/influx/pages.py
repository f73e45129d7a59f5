"""Reading a long range of time in parts that the server answers in full."""

from collections.abc import Callable, Iterator
from typing import TypeVar

import pandas as pd

from data.influx.answers import PageTooLong, table_of
from data.influx.connection import Bindings, InfluxConnection

PAGE_SECONDS = 366 * 86_400
"""One read asks for a year: a small answer at an hour's step, 2.5 MB at five minutes'."""

SHORTEST_PAGE_SECONDS = 3600

Page = TypeVar("Page")


def pages(
    connection: InfluxConnection,
    select: str,
    bindings: Bindings,
    begin: int,
    until: int,
    parse: Callable[[bytes], Page],
) -> Iterator[Page]:
    """Answers to `select` (which ends in a condition) over [begin, until), epoch seconds.

    Where the server cuts an answer off or refuses it for its length, the pages get shorter.
    Raises `PageTooLong`, a `StoreUnavailable`, where not even an hour is answered in full.
    """
    length = PAGE_SECONDS
    while begin < until:
        stop = min(begin + length, until)
        statement = f"{select} AND time >= {begin}s AND time < {stop}s"
        try:
            page = parse(connection.query(statement, bindings))
        except PageTooLong:
            if length <= SHORTEST_PAGE_SECONDS:
                raise
            length = max((stop - begin) // 2, SHORTEST_PAGE_SECONDS)
            continue
        yield page
        begin = stop


def rows_between(
    connection: InfluxConnection, select: str, bindings: Bindings, begin: int, until: int
) -> pd.DataFrame:
    """All rows of [begin, until) in one frame; see `pages` and `table_of`."""
    found = [
        page
        for page in pages(connection, select, bindings, begin, until, table_of)
        if not page.empty
    ]
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame()
