"""Which store the settings ask for."""

from pathlib import Path
from typing import Protocol

from data.embedded import EmbeddedStore
from data.store import Store

EMBEDDED_FILE = "readings.db"


class StoreSettings(Protocol):
    """What opening a store reads of `config.Settings`."""

    @property
    def influx_url(self) -> str | None: ...
    @property
    def influx_token(self) -> str | None: ...
    @property
    def influx_bucket(self) -> str: ...
    @property
    def influx_username(self) -> str | None: ...
    @property
    def influx_password(self) -> str | None: ...
    @property
    def influx_timeout(self) -> float: ...
    @property
    def influx_verify_ssl(self) -> bool: ...
    @property
    def state_dir(self) -> Path: ...


def open_store(settings: StoreSettings) -> Store:
    """InfluxDB where `influx_url` is set, else the embedded store under `state_dir`.

    Nothing is opened yet: connections come with the first call, per process.
    """
    if settings.influx_url:
        # Its client brings pandas along, 90 MB that a process on the embedded store need not have.
        from data.influx import InfluxConnection, InfluxStore

        return InfluxStore(
            InfluxConnection(
                settings.influx_url,
                database=settings.influx_bucket,
                token=settings.influx_token,
                username=settings.influx_username,
                password=settings.influx_password,
                timeout=settings.influx_timeout,
                verify_ssl=settings.influx_verify_ssl,
            )
        )
    return EmbeddedStore(settings.state_dir / EMBEDDED_FILE)
