"""What is deleted and mended once a night."""

from datetime import datetime, timedelta
from typing import Any

from config.errors import UnknownMeter
from workers.nightly.house import House


def tidy(house: House, *, now: datetime) -> dict[str, Any]:
    """Delete old versions and forecasts, count the disk anew, mend the mirrors of the aliases."""
    _forget_deleted(house)
    oldest = now - timedelta(days=house.settings.forecasts_kept)
    for meter in house.store.meters():
        house.store.forget_forecasts(meter, oldest)
    registry, deleted, size = house.registry, 0, 0
    meters = registry.versions_store.meters()
    for meter_type, meter_id in meters:
        keep = house.settings.model_versions_kept
        deleted += len(registry.prune(meter_type, meter_id, keep=keep))
        if registry.aliases(meter_type, meter_id):
            registry.mirror(meter_type, meter_id)
        size += registry.measure(meter_type, meter_id)
    return {"meters": len(meters), "versions_deleted": deleted, "bytes": size}


def _forget_deleted(house: House) -> None:
    """Delete what a worker that was killed over it left of the models of deleted meters."""
    for meter_type, meter_id in house.registry.forgotten():
        try:
            house.store.meter(meter_type, meter_id)
        except UnknownMeter:
            house.registry.forget(meter_type, meter_id)
            house.ledger.forget(f"{meter_type}/{meter_id}")
        house.registry.settle_forgotten(meter_type, meter_id)
