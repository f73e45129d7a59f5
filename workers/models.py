"""The models that serve, from the registry into memory, and new ones into the registry."""

import tempfile
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from data.meters import Meter
from workers.registry import Registry

if TYPE_CHECKING:  # ml is imported by the child that uses it (see `workers.tasks`)
    from ml import Forecaster


@dataclass(frozen=True)
class Warm:
    """A loaded model, and the bytes of its artifact: what it holds in memory, about."""

    version: str
    forecaster: "Forecaster"
    size: int


class WarmModels:
    """The champions that this process used lately; the least recently used leave first.

    Each use asks the registry which version is the champion (one command of Redis), so a new
    champion or a rollback is followed at once.
    """

    def __init__(self, limit_bytes: int) -> None:
        self._limit = limit_bytes
        self._held: OrderedDict[str, Warm] = OrderedDict()

    def champion(self, registry: Registry, meter: Meter) -> tuple[str, "Forecaster"]:
        """The champion of a meter: its version, and the model itself.

        :raises ModelNotTrained: the meter has no model.
        :raises ml.ForecastingError: the artifact is damaged or another meter's.
        """
        version = registry.champion(meter.meter_type, meter.meter_id)
        warm = self._held.get(meter.key)
        if warm is None or warm.version != version:
            warm = _load(registry, meter, version)
            self._held[meter.key] = warm
        self._held.move_to_end(meter.key)
        while len(self._held) > 1 and sum(w.size for w in self._held.values()) > self._limit:
            self._held.popitem(last=False)
        return warm.version, warm.forecaster

    def __contains__(self, meter: Meter) -> bool:
        return meter.key in self._held


def _load(registry: Registry, meter: Meter, version: str) -> Warm:
    from ml import Forecaster

    with tempfile.TemporaryDirectory(prefix="model-") as name:
        folder = registry.fetch(meter.meter_type, meter.meter_id, version, Path(name))
        size = sum(file.stat().st_size for file in folder.iterdir())
        return Warm(version, Forecaster.load(folder, meter), size)


def store_model(registry: Registry, meter: Meter, forecaster: "Forecaster") -> tuple[str, bool]:
    """Keep a new model as a version and make it the champion.

    :returns: the version, and whether it is the champion now.
    """
    with tempfile.TemporaryDirectory(prefix="model-") as folder:
        forecaster.save(folder)
        version = registry.add(meter.meter_type, meter.meter_id, Path(folder))
    before = registry.aliases(meter.meter_type, meter.meter_id).get("champion", "")
    return version, registry.promote(meter.meter_type, meter.meter_id, version, instead_of=before)
