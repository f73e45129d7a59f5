"""Four simulated meters, so that a newcomer sees the whole platform without data of their own."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from config.errors import InvalidRequest
from data.frames import Floats
from data.meters import Meter
from data.simulation.calendar import LocalHours, local_hours
from data.simulation.weather import (
    ANCHOR,
    generator,
    hourly_index,
    noise,
    simulate_weather,
    simulate_weather_forecast,
)
from data.store import SIMULATED, Store

SEED = 20
WEATHER_SOURCE = SIMULATED
WEATHER_FORECAST_DAYS = 16
"""As far as Open-Meteo's forecasts reach."""
TIMEZONE = "Europe/Rome"
POSITION = 45.07, 13.0
"""In the Gulf of Venice, where no real meter stands: weather is kept by place, and a real meter at
the demo's would be given invented weather."""

# The names under which such merged files are known; consumption and temperature by time.
MERGED_FILES: Mapping[str, str] = {
    "Merged_Electricity_Temperature.csv": "demo_city_district",
    "Merged_Water_Temperature.csv": "demo_water_district",
}

Report = Callable[..., object]
"""`report(stage, fraction, **facts)`, as in `ml`."""


@dataclass(frozen=True)
class SimulatedMeter:
    """A meter, its hourly readings in the meter's unit, and the weather there."""

    meter: Meter
    readings: pd.Series
    weather: pd.DataFrame


def simulate(seed: int, end: datetime, days: int = 730) -> list[SimulatedMeter]:
    """Household, office, city district (kWh per hour) and water district (m3 per hour).

    Hourly, for `days` up to before `end` (aware). The same seed gives the same value at an
    instant whatever the range. Raises `InvalidRequest` for a range that starts before 2010.
    """
    last = pd.Timestamp(end).tz_convert("UTC").floor("h").as_unit("us")
    first = last - timedelta(days=days)
    if first < ANCHOR or days < 1:
        raise InvalidRequest(f"The simulation begins in {ANCHOR.year} and has at least a day.")
    index = hourly_index(last)
    weather = simulate_weather(index, seed)
    clock = local_hours(index, TIMEZONE)
    shown = index >= first
    return [
        SimulatedMeter(
            meter,
            pd.Series(model(clock, weather, seed).round(digits), index=index, name="value")[shown],
            weather[shown],
        )
        for meter, model, digits in _METERS
    ]


def load_demo(
    store: Store, *, end: datetime, seed: int = SEED, report: Report | None = None
) -> list[Meter]:
    """Simulate two years up to `end` into the store; loading again extends and never doubles.

    The weather goes on after `end` as a forecast issued then, as a weather service would give it.
    """
    simulated = simulate(seed, end)
    issued = pd.Timestamp(end).tz_convert("UTC").floor("h").as_unit("us")
    truth = simulate_weather(hourly_index(issued + timedelta(days=WEATHER_FORECAST_DAYS)), seed)
    ahead = simulate_weather_forecast(truth[truth.index >= issued], seed)
    for done, one in enumerate(simulated):
        store.put_meter(one.meter)
        store.write_readings(one.meter, one.readings)
        store.write_weather(one.meter.location, one.weather, source=WEATHER_SOURCE)
        store.write_weather(
            one.meter.location, ahead, source="forecast", available_at=issued.to_pydatetime()
        )
        if report is not None:
            report("saving", (done + 1) / len(simulated), message=f"Loaded {one.meter.name}")
    return [one.meter for one in simulated]


def write_demo_files(folder: Path, *, end: datetime, seed: int = SEED) -> list[Path]:
    """Write the two merged files (timestamp, consumption, temperature) into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    by_id = {one.meter.meter_id: one for one in simulate(seed, end)}
    written = []
    for name, meter_id in MERGED_FILES.items():
        one = by_id[meter_id]
        merged = pd.DataFrame(
            {"consumption": one.readings, "temperature": one.weather["temperature"]}
        )
        merged.index.name = "timestamp"
        path = folder / name
        merged.to_csv(path, date_format="%Y-%m-%dT%H:%M:%SZ")
        written.append(path)
    return written


def _household(clock: LocalHours, weather: pd.DataFrame, seed: int) -> Floats:
    """Two people at work by day; a few appliances make most of the load, so it is lumpy."""
    size = len(clock.hour)
    warm = weather["temperature"].to_numpy()
    home = 0.10 + 0.22 * clock.peak(7.0, 0.9) + 0.55 * clock.peak(19.8, 1.9)
    free = 0.14 + 0.25 * clock.peak(9.5, 1.8) + 0.3 * clock.peak(13.0, 1.3)
    free += 0.5 * clock.peak(20.0, 2.1)
    routine = np.where(clock.day_off, free, home)
    awake = clock.between(7, 23)
    lights = 0.12 * clock.peak(20.0, 2.6) * (weather["solar_radiation"].to_numpy() < 40)
    cooling = 0.10 * np.clip(warm - 25, 0, 8) * clock.between(14, 23)
    heat_pump = 0.022 * np.clip(15 - warm, 0, 20) * (0.5 + 0.5 * awake)
    chance = np.where(clock.day_off, 0.075, 0.04) * awake
    starts = generator(seed, "appliance starts").random(size) < chance
    appliance = starts * generator(seed, "appliance loads").gamma(5.0, 0.24, size)
    mood = np.exp(0.28 * noise(seed, "household", size, memory_hours=3))
    present = np.where(clock.holiday_weeks, 0.12, 1.0)
    return 0.11 + present * ((routine + lights + cooling + heat_pump) * mood + appliance)


def _office(clock: LocalHours, weather: pd.DataFrame, seed: int) -> Floats:
    """Ventilation and computers in working hours, almost nothing but servers else."""
    warm = weather["temperature"].to_numpy()
    staffed = clock.plateau(7.6, 18.4) * ~clock.day_off
    quiet = np.where(clock.holiday_weeks, 0.45, 1.0)
    lunch = 1 - 0.10 * clock.peak(13.0, 0.8)
    cooling = 5.2 * np.clip(warm - 21, 0, 14)
    heating = 1.9 * np.clip(14 - warm, 0, 18)
    busy = 112 * lunch + cooling + heating
    keep_warm = 0.45 * heating * (clock.hour < 7)
    wobble = 1 + 0.035 * noise(seed, "office", len(clock.hour), memory_hours=6)
    return (31 + quiet * staffed * busy + keep_warm) * wobble


def _city_district(clock: LocalHours, weather: pd.DataFrame, seed: int) -> Floats:
    """Some four thousand homes, shops and lamps: smooth, and sensitive to heat."""
    # Walls take hours to warm, so demand follows the past day's temperature.
    felt = weather["temperature"].ewm(halflife=10).mean().to_numpy()
    workday = 0.72 + 0.26 * clock.plateau(7.0, 19.5) + 0.16 * clock.peak(20.2, 2.0)
    off = 0.70 + 0.15 * clock.plateau(9.0, 22.0) + 0.15 * clock.peak(20.4, 2.1)
    shape = np.where(clock.day_off, off, workday) - 0.12 * clock.peak(4.0, 2.5)
    lamps = 0.07 * (weather["solar_radiation"].to_numpy() < 15) * clock.between(5, 24)
    cooling = 0.021 * np.clip(felt - 21.5, 0, 14) * (0.6 + 0.6 * clock.plateau(11.0, 23.0))
    heating = 0.0085 * np.clip(15 - felt, 0, 20)
    growth = 1 + 0.008 * clock.years
    quiet = np.where(clock.holiday_weeks, 0.84, 1.0)
    wobble = 1 + 0.016 * noise(seed, "district", len(clock.hour), memory_hours=14)
    return 5200 * growth * quiet * (shape + lamps + cooling + heating) * wobble


def _water_district(clock: LocalHours, weather: pd.DataFrame, seed: int) -> Floats:
    """Showers in the morning, kitchens in the evening, gardens in dry heat, leakage at night."""
    size = len(clock.hour)
    workday = 0.95 * clock.peak(7.4, 1.3) + 0.42 * clock.plateau(9.0, 18.0)
    workday += 0.72 * clock.peak(19.8, 1.9)
    off = 0.92 * clock.peak(9.7, 1.8) + 0.5 * clock.plateau(10.5, 18.0)
    off += 0.62 * clock.peak(20.0, 2.0)
    people = np.where(clock.day_off, off, workday)
    hot = np.clip(weather["temperature"].rolling(72, min_periods=1).mean().to_numpy() - 19, 0, 10)
    rain = weather["precipitation"].rolling(48, min_periods=1).sum().to_numpy()
    garden = 0.045 * hot * np.exp(-rain / 4) * (clock.peak(5.6, 1.0) + clock.peak(21.6, 1.2))
    quiet = np.where(clock.holiday_weeks, 0.78, 1.0)
    wobble = 1 + 0.045 * noise(seed, "water", size, memory_hours=4)
    grain = generator(seed, "taps").gamma(400.0, 1 / 400.0, size)
    return 13.5 + 46 * (0.09 + quiet * people + garden) * wobble * grain


def _meter(meter_type: str, meter_id: str, unit: str, name: str) -> Meter:
    return Meter(
        meter_type,
        meter_id,
        unit=unit,
        timezone=TIMEZONE,
        country="IT",
        latitude=POSITION[0],
        longitude=POSITION[1],
        resolution=timedelta(hours=1),
        name=name,
    )


_METERS = (
    (_meter("electricity", "demo_household", "kWh", "Household"), _household, 3),
    (_meter("electricity", "demo_office", "kWh", "Office building"), _office, 1),
    (_meter("electricity", "demo_city_district", "kWh", "City district"), _city_district, 0),
    (_meter("water", "demo_water_district", "m3", "Water district"), _water_district, 2),
)
