"""The models that serve, from the registry into memory."""

import logging
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from config.errors import ModelNotTrained, UnknownModel
from data.meters import Meter
from workers.registry import Registry

if TYPE_CHECKING:  # ml is imported by the child that uses it (see `workers.tasks`)
    from ml import Forecaster

log = logging.getLogger(__name__)


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
        self._held: OrderedDict[str, tuple[str, Warm]] = OrderedDict()

    def champion(
        self, registry: Registry, meter: Meter, *, asked: str = "", keep: bool = True
    ) -> tuple[str, "Forecaster"]:
        """The champion of a meter, or the previous one where it cannot be loaded.

        :param asked: the champion's version, where the caller has asked the registry already.
        :param keep: whether it shall stay in memory, if it is not there yet.
        :returns: the version that serves, and the model itself.
        :raises ModelNotTrained: the meter has no model.
        :raises ml.ForecastingError: none of its models can be loaded.
        """
        asked = asked or registry.champion(meter.meter_type, meter.meter_id)
        held = self._held.get(meter.key)
        if held is None or held[0] != asked:
            held = asked, load_serving(registry, meter, champion=asked)
            if not keep:
                return held[1].version, held[1].forecaster
            self._held[meter.key] = held
        self._held.move_to_end(meter.key)
        while len(self._held) > 1 and sum(w.size for _, w in self._held.values()) > self._limit:
            self._held.popitem(last=False)
        return held[1].version, held[1].forecaster

    def __contains__(self, meter: Meter) -> bool:
        return meter.key in self._held


def load_serving(registry: Registry, meter: Meter, *, champion: str = "") -> Warm:
    """The champion, or the previous one where the champion cannot be loaded.

    A damaged champion is retired, so that nobody tries it again; one that only a newer release
    reads stays what it is, because that release may come back.

    :param champion: its version, where the caller has asked the registry already.
    :raises ModelNotTrained: the meter has no model.
    :raises ml.ForecastingError: none of its models can be loaded.
    """
    from ml import ModelCorrupt, ModelMismatch

    champion = champion or registry.champion(meter.meter_type, meter.meter_id)
    try:
        return load(registry, meter, champion)
    except (ModelCorrupt, UnknownModel) as error:
        log.error("meter %s: model %s is damaged: %s", meter.key, champion, error)
        registry.retire(meter.meter_type, meter.meter_id, champion, reason=str(error))
        try:
            return load_serving(registry, meter)
        except ModelNotTrained:
            raise error from None
    except ModelMismatch as error:
        previous = registry.aliases(meter.meter_type, meter.meter_id).get("previous")
        log.error("meter %s: model %s cannot serve: %s", meter.key, champion, error)
        if previous is None:
            raise
        return load(registry, meter, previous)


def load(registry: Registry, meter: Meter, version: str) -> Warm:
    """A version, in memory.

    :raises UnknownModel: it is not there.
    :raises ml.ForecastingError: it is damaged, another meter's, or of a format that this release
        does not read; then the release that wrote it is named.
    """
    from ml import Forecaster, ModelMismatch

    ids = (meter.meter_type, meter.meter_id)
    with registry.versions_store.opened(*ids, version) as folder:
        size = sum(file.stat().st_size for file in folder.iterdir())
        try:
            return Warm(version, Forecaster.load(folder, meter), size)
        except ModelMismatch as error:
            meta = registry.meta(*ids, version)
            written_by = meta.get("release", "an unknown release")
            raise ModelMismatch(
                f"model {version} was written by release {written_by}: {error.message}",
                hint=error.hint,
                detail={**error.detail, "release": written_by},
            ) from error
