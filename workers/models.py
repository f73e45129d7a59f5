"""The model that serves a meter, from the registry into memory."""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from data.meters import Meter
from workers.registry import Registry

if TYPE_CHECKING:
    from ml import Forecaster


def load_champion(registry: Registry, meter: Meter) -> tuple[str, "Forecaster"]:
    """The champion of a meter and its version.

    :raises ModelNotTrained: the meter has no model.
    :raises ml.ForecastingError: the artifact is damaged or another meter's.
    """
    from ml import Forecaster

    version = registry.champion(meter.meter_type, meter.meter_id)
    with tempfile.TemporaryDirectory(prefix="model-") as folder:
        registry.fetch(meter.meter_type, meter.meter_id, version, Path(folder))
        return version, Forecaster.load(folder, meter)


def store_model(registry: Registry, meter: Meter, forecaster: "Forecaster") -> tuple[str, bool]:
    """Keep a new model as a version and make it the champion.

    :returns: the version, and whether it is the champion now.
    """
    with tempfile.TemporaryDirectory(prefix="model-") as folder:
        forecaster.save(folder)
        version = registry.add(meter.meter_type, meter.meter_id, Path(folder))
    before = registry.aliases(meter.meter_type, meter.meter_id).get("champion", "")
    return version, registry.promote(meter.meter_type, meter.meter_id, version, instead_of=before)
