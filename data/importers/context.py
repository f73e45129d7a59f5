"""What is known beside a file: whose readings it may hold, and when it is."""

from dataclasses import dataclass
from datetime import datetime

from data.importers.moments.clocks import Reach


@dataclass(frozen=True)
class Context:
    """What is known beside the file: the meter's type and zone, what is stored, the present."""

    meter_type: str
    zone: str
    reach: Reach
    now: datetime | None
    several: bool = False
    """Whether meters of their own may come of one file."""
    fixed: str | None = None
    """An offset that may be meant instead of the zone, if the data say so."""
