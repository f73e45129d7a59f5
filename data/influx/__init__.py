"""The store in InfluxDB: `InfluxStore` on an `InfluxConnection`. The rest is its own."""

from data.influx.connection import InfluxConnection
from data.influx.store import InfluxStore

__all__ = ["InfluxConnection", "InfluxStore"]
