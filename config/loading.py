"""Filling `Settings`: environment first, then the JSON files, then defaults."""

import json
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import Field, fields
from pathlib import Path
from types import MappingProxyType
from typing import Any

from marshmallow import ValidationError
from marshmallow.fields import Boolean

from config.scheduling import Schedule, read_schedules
from config.settings import MeterType, Settings

ROOT = Path(__file__).resolve().parent.parent
"""Folder of the checkout: relative paths in settings start here, wherever the command runs."""

JSON_FILES = {"influxdb_config.json": "influx_", "weather_config.json": "weather_"}
"""Files, and the prefix that turns their keys into fields: `url` in the first is `influx_url`."""

WEATHER_VARIABLES = ("weather_config.json", "variables")
"""File and key of the weather variables by meter type; `default` is for types not named."""

PARSERS: dict[type, tuple[Callable[[str], Any], str]] = {
    bool: (Boolean().deserialize, "true or false"),
    int: (int, "a whole number"),
    float: (float, "a number"),
}


class SettingsError(Exception):
    """A setting is wrong; the text is one line that names it and what a good value is."""


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read and check all settings.

    :param environ: the environment to read; the process's own where None.
    :raises SettingsError: where a variable, a file's key or a file is wrong.
    """
    # An empty variable counts as one that is not set: that is how compose files pass absent ones.
    given = {k: v for k, v in (os.environ if environ is None else environ).items() if v.strip()}
    config_dir = _absolute(Path(given.get("CONFIG_DIR", "config")))
    from_files = _read_files(config_dir)
    values: dict[str, Any] = {}
    for item in _settable():
        if item.metadata["env"] in given:
            value = _parse(item, given[item.metadata["env"]])
        else:
            value = from_files.get(item.name, item.default)
        _check(item, value)
        values[item.name] = _absolute(value) if isinstance(value, Path) else value
    if values["stale_after"] < 2 * values["heartbeat"]:
        raise SettingsError(
            f"STALE_AFTER_SECONDS: {values['stale_after']:g} is not at least twice"
            f" HEARTBEAT_SECONDS, which is {values['heartbeat']:g}."
        )
    for name in ("model_store_url", "upload_url"):
        if "://" not in values[name]:
            values[name] = str(_absolute(Path(values[name])))
    embedded = not values["redis_url"]
    if embedded:
        values["redis_url"] = f"redis://127.0.0.1:{values['redis_port']}/0"
    meter_types = _meter_types(config_dir)
    schedules = _schedules(config_dir, meter_types)
    return Settings(redis_embedded=embedded, meter_types=meter_types, schedules=schedules, **values)


def _settable() -> list[Field[Any]]:
    return [item for item in fields(Settings) if "env" in item.metadata]


def _parse(item: Field[Any], text: str) -> Any:
    name = item.metadata["env"]
    if item.type is Path:
        return Path(text)
    if item.type == tuple[float, ...]:
        try:
            return tuple(float(part) for part in text.split(","))
        except ValueError as error:
            raise SettingsError(f"{name}: {text!r} is not a list such as 0.1,0.5,0.9.") from error
    if item.type not in PARSERS:
        return text
    parse, wanted = PARSERS[item.type]
    try:
        return parse(text)
    except (ValueError, ValidationError) as error:
        raise SettingsError(f"{name}: {text!r} is not {wanted}.") from error


def _check(item: Field[Any], value: Any) -> None:
    check = item.metadata["check"]
    if check is None or value is None or value == "":
        return
    wanted = check(value)
    if wanted:
        shown = "the value given" if item.metadata["secret"] else repr(value)
        raise SettingsError(f"{item.metadata['env']}: {shown} is not {wanted}.")


def _absolute(path: Path) -> Path:
    return path if path.is_absolute() else ROOT / path


def _read_files(folder: Path) -> dict[str, Any]:
    """The values of the JSON files by field name; a null there means "not said here"."""
    types = {item.name: item.type for item in _settable()}
    found: dict[str, Any] = {}
    for filename, prefix in JSON_FILES.items():
        for key, value in _read_json(folder / filename).items():
            if (filename, key) == WEATHER_VARIABLES:
                continue
            if prefix + key not in types:
                raise SettingsError(f"{filename}: unknown key {key!r}.")
            if value is None:
                continue
            kind = types[prefix + key]
            if kind is float and type(value) is int:
                value = float(value)
            if not isinstance(value, kind):  # type: ignore[arg-type]
                raise SettingsError(f"{filename}: {key!r} has the wrong type.")
            found[prefix + key] = value
    return found


def _read_json(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise SettingsError(f"{path.name} is not JSON: {error}.") from error
    if not isinstance(content, dict):
        raise SettingsError(f"{path.name} must hold one JSON object.")
    return content


def _meter_types(folder: Path) -> Mapping[str, MeterType]:
    path = folder / "meter_types.json"
    if not path.exists():
        path = Path(__file__).with_name("meter_types.json")
    variables = _weather_variables(folder)
    types: dict[str, MeterType] = {}
    for name, entry in _read_json(path).items():
        try:
            weather = tuple(entry.get("weather", variables.get(name, variables["default"])))
            entry = {**entry, "units": tuple(entry["units"]), "weather": weather}
            types[name] = MeterType(name=name, **entry)
        except (KeyError, TypeError) as error:
            raise SettingsError(f"{path.name}: entry {name!r} is wrong: {error}.") from error
    if not types:
        raise SettingsError(f"{path.name} names no meter type.")
    return MappingProxyType(types)


def _schedules(folder: Path, meter_types: Iterable[str]) -> Mapping[str, Schedule]:
    path = folder / "schedules.json"
    if not path.exists():
        path = Path(__file__).with_name("schedules.json")
    try:
        return read_schedules(_read_json(path), meter_types)
    except ValueError as error:
        raise SettingsError(f"{path.name}: {error}.") from error


def _weather_variables(folder: Path) -> Mapping[str, list[str]]:
    """Names of weather variables by meter type, from the user's file or the one shipped."""
    filename, key = WEATHER_VARIABLES
    shipped: dict[str, list[str]] = _read_json(Path(__file__).with_name(filename))[key]
    found = _read_json(folder / filename).get(key, {})
    if not isinstance(found, dict) or not all(
        isinstance(names, list) and all(isinstance(name, str) for name in names)
        for names in found.values()
    ):
        raise SettingsError(f"{filename}: {key!r} is an object of lists of names by meter type.")
    return {**shipped, **found}
