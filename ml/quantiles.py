"""The names of quantile columns: p10 for the level 0.1, p97_5 for 0.975, and back."""

import re
from decimal import Decimal

import pandas as pd

NAME = re.compile(r"p(\d{1,2})(?:[._](\d+))?")
"""A percent level. An underscore stands for the point, which a database's column can't have;
until 0.2 results of jobs had the point itself, so both are read."""


def quantile_column(level: float) -> str:
    """The column of a level between 0 and 1, both exclusive; no two levels share one."""
    percent = f"{Decimal(repr(float(level))).scaleb(2):f}"
    whole, _, part = percent.partition(".")
    part = part.rstrip("0")
    return f"p{whole}_{part}" if part else f"p{whole.zfill(2)}"


def level_of(name: str) -> float | None:
    """The level that a column is named for; None where it is no quantile."""
    found = NAME.fullmatch(name)
    if found is None:
        return None
    whole, part = found.groups(default="")
    # Read as one decimal number: 12.3 / 100 is not the nearest number to 0.123.
    return float(f"{whole}.{part}e-2") or None


def levels_in(table: pd.DataFrame) -> dict[float, str]:
    """The quantile columns of a table by their levels."""
    found = {level_of(name): name for name in map(str, table.columns)}
    return {level: name for level, name in found.items() if level is not None}
