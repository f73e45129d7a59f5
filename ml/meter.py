"""What the engine must know about a meter."""

from datetime import timedelta
from typing import Protocol


class Meter(Protocol):
    """A meter as the engine sees it; any object with these attributes will do.

    `resolution` of None means that it is found in the readings. `country` and `subdivision`
    (ISO 3166) choose the public holidays; None means none are known.
    """

    @property
    def meter_type(self) -> str: ...
    @property
    def meter_id(self) -> str: ...
    @property
    def unit(self) -> str: ...
    @property
    def timezone(self) -> str: ...
    @property
    def country(self) -> str | None: ...
    @property
    def subdivision(self) -> str | None: ...
    @property
    def resolution(self) -> timedelta | None: ...
    @property
    def latitude(self) -> float | None: ...
    @property
    def longitude(self) -> float | None: ...
