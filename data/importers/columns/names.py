"""Names of columns: those that tell a time, a value, the weather; and ids out of names."""

import re
from collections.abc import Mapping, Sequence

from config.errors import InvalidRequest

_UNIT = re.compile(r"[(\[]([^)\]]*)[)\]]")

# English, and what German, French, Italian, Spanish and Dutch suppliers write.
TIME_NAMES = (
    "timestamp",
    "datetime",
    "date_time",
    "time",
    "date",
    "utc_timestamp",
    "time_utc",
    "local_time",
    "interval_start",
    "period_start",
    "start_time",
    "start",
    "from",
    "ds",
    "unix",
    "epoch",
    "zeitstempel",
    "zeitpunkt",
    "zeit",
    "datum",
    "von",
    "horodate",
    "fecha",
    "data_ora",
    "data",
    "tijdstip",
    "index",
)

END_NAMES = ("interval_end", "period_end", "end_time", "end", "to", "until", "bis")
"""Times that mark where an interval ends; looked for where no other name tells the time."""

# Whole words of a name, from the most to the least telling.
VALUE_WORDS = (
    "value",
    "consumption",
    "usage",
    "demand",
    "load",
    "energy",
    "electricity",
    "water",
    "flow",
    "volume",
    "power",
    "verbrauch",
    "energie",
    "leistung",
    "messwert",
    "wert",
    "consommation",
    "puissance",
    "valeur",
    "consumo",
    "potenza",
    "valore",
    "valor",
    "verbruik",
    "waarde",
    "kwh",
    "mwh",
    "wh",
    "m3",
    "reading",
    "y",
)

WEATHER_NAMES: Mapping[str, tuple[str, ...]] = {
    "temperature": (
        "temperature",
        "temp",
        "air_temperature",
        "air_temp",
        "outdoor_temperature",
        "outside_temperature",
        "temperature_2m",
        "t2m",
        "temperatura",
        "temperatur",
        "aussentemperatur",
        "temperature_c",
        "temp_c",
        "dry_bulb",
        "dry_bulb_temperature",
    ),
    "apparent_temperature": ("apparent_temperature", "feels_like", "apparent_temp"),
    "humidity": ("humidity", "relative_humidity", "rh", "relative_humidity_2m", "hum"),
    "precipitation": ("precipitation", "rain", "rainfall", "precip", "precipitation_mm"),
    "wind_speed": ("wind_speed", "wind", "windspeed", "wind_speed_10m"),
    "solar_radiation": (
        "solar_radiation",
        "radiation",
        "ghi",
        "irradiance",
        "solar_irradiance",
        "shortwave_radiation",
        "global_radiation",
    ),
}


def plain(name: str) -> str:
    """Lower case, without unit: "Temperature (°C)" and " temperature" are one name."""
    return re.sub(r"[^0-9a-z]+", "_", _UNIT.sub("", name).lower()).strip("_")


def unit_of(name: str) -> str | None:
    """The unit in brackets, where a heading has one."""
    match = _UNIT.search(name)
    return match.group(1).strip() if match else None


def meter_id_of(text: str) -> str:
    """An id for a meter that a file names so; "" where nothing is left to name it by."""
    return re.sub(r"[^A-Za-z0-9_.:-]+", "_", _UNIT.sub("", text).strip()).strip("_.:-")[:64]


def given(names: Sequence[str], wanted: str) -> int:
    for at, name in enumerate(names):
        if name == wanted or plain(name) == plain(wanted):
            return at
    raise InvalidRequest(
        f"There is no column {wanted!r}.", hint=f"The file has: {', '.join(names)}."
    )
