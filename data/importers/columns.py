"""Which column is the time, which the consumption, which the weather."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from config.errors import InvalidReadings, InvalidRequest

_UNIT = re.compile(r"[(\[]([^)\]]*)[)\]]")
_MOMENT = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}\b")
"""What a time begins with; no name of a column does."""

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


@dataclass(frozen=True)
class Columns:
    """Positions in a row: of the time, the values, each weather variable, and of whose it is.

    `values` has one entry, with the name "", unless the file is wide: then one for each meter.
    `meter` is None unless the file is long, that is, each row says which meter it is of. `ends`
    says that the times mark where intervals end.
    """

    names: tuple[str, ...]
    time: int
    values: Mapping[str, int]
    weather: Mapping[str, int]
    fahrenheit: frozenset[str]
    meter: int | None = None
    ends: bool = False

    @property
    def named(self) -> dict[str, str]:
        """What was recognised, by the name it has in the file."""
        found = {"time": self.names[self.time]}
        if self.meter is not None:
            found["meter"] = self.names[self.meter]
        values = {name or "value": self.names[at] for name, at in self.values.items()}
        return found | values | {name: self.names[at] for name, at in self.weather.items()}


def plain(name: str) -> str:
    """Lower case, without unit: "Temperature (°C)" and " temperature" are one name."""
    return re.sub(r"[^0-9a-z]+", "_", _UNIT.sub("", name).lower()).strip("_")


def unit_of(name: str) -> str | None:
    """The unit in brackets, where a heading has one."""
    match = _UNIT.search(name)
    return match.group(1).strip() if match else None


def recognise(
    names: Sequence[str],
    *,
    time_column: str | None = None,
    value_column: str | None = None,
    meter_column: str | None = None,
    wide: bool = False,
) -> Columns:
    """Columns by the names given, else by common names, else by being the only one left.

    With `wide` every column that is neither time nor weather is a meter. Raises `InvalidRequest`
    where a name given is not there or several columns could be meant, `InvalidReadings` where
    there is none.
    """
    weather: dict[str, int] = {}
    for variable, spellings in WEATHER_NAMES.items():
        for at, name in enumerate(names):
            if plain(name) in spellings and name not in (time_column, value_column, meter_column):
                weather.setdefault(variable, at)
    taken = set(weather.values())
    meter = given(names, meter_column) if meter_column else None
    taken |= set() if meter is None else {meter}
    time = given(names, time_column) if time_column else _time(names, taken)
    taken.add(time)
    if wide:
        values = _meters(names, taken)
    else:
        values = {"": given(names, value_column) if value_column else _value(names, taken)}
    fahrenheit = frozenset(
        variable
        for variable, at in weather.items()
        if "temperature" in variable and (unit_of(names[at]) or "").strip("°º ").upper() == "F"
    )
    ends = plain(names[time]) in END_NAMES
    return Columns(tuple(names), time, values, weather, fahrenheit, meter, ends)


def meter_id_of(text: str) -> str:
    """An id for a meter that a file names so; "" where nothing is left to name it by."""
    return re.sub(r"[^A-Za-z0-9_.:-]+", "_", _UNIT.sub("", text).strip()).strip("_.:-")[:64]


def _meters(names: Sequence[str], taken: set[int]) -> dict[str, int]:
    found: dict[str, int] = {}
    for at, name in enumerate(names):
        meter_id = meter_id_of(name)
        if at in taken or not meter_id or plain(name) in END_NAMES:
            continue
        if meter_id in found:
            raise InvalidRequest(f"Two columns would be the meter {meter_id!r}; rename one.")
        found[meter_id] = at
    if not found:
        raise InvalidReadings(
            "No column is left that could be a meter.", hint=f"The file has: {', '.join(names)}."
        )
    return found


def given(names: Sequence[str], wanted: str) -> int:
    for at, name in enumerate(names):
        if name == wanted or plain(name) == plain(wanted):
            return at
    raise InvalidRequest(
        f"There is no column {wanted!r}.", hint=f"The file has: {', '.join(names)}."
    )


def _time(names: Sequence[str], taken: set[int]) -> int:
    for spelling in (*TIME_NAMES, *END_NAMES):
        for at, name in enumerate(names):
            if at not in taken and plain(name) == spelling:
                return at
    for at, name in enumerate(names):
        if at not in taken and (not plain(name) or re.search(r"time|date|_utc$", plain(name))):
            return at
    if any(_MOMENT.match(name) for name in names):
        raise InvalidReadings(
            "The first line has a reading where the names of the columns should be.",
            hint="Put a line above it that names them, such as: time,value.",
        )
    raise InvalidReadings(
        "No column looks like a time.",
        hint=f"Name it as time_column (--time-column). The file has: {', '.join(names)}.",
    )


def _value(names: Sequence[str], taken: set[int]) -> int:
    left = [at for at in range(len(names)) if at not in taken]
    if len(left) == 1:
        return left[0]
    for word in VALUE_WORDS:
        found = [at for at in left if plain(names[at]) == word]
        found = found or [at for at in left if word in plain(names[at]).split("_")]
        if len(found) == 1:
            return found[0]
        if found:
            break
    if not left:
        raise InvalidReadings(
            "No column is left that could be the consumption.",
            hint=f"Name it as value_column (--value-column). The file has: {', '.join(names)}.",
        )
    raise InvalidRequest(
        "Several columns could be the consumption.",
        hint="Name it as value_column (--value-column), one of: "
        + ", ".join(names[at] for at in left),
        field="value_column",
    )
