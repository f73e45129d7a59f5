"""Readings, weather and forecasts: the store, the importers and the simulator."""

from data.meters import METER_ID, Meter, check_meter_id
from data.opening import open_store
from data.store import Span, Store, Tally, WriteResult

__all__ = [
    "METER_ID",
    "Meter",
    "Span",
    "Store",
    "Tally",
    "WriteResult",
    "check_meter_id",
    "open_store",
]
