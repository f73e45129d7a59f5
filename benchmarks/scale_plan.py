"""From what one meter costs to what very many need: cores, memory, disk, requests, money."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

DAY = 86_400
READINGS_PER_DAY = 96
TRAIN_EVERY_DAYS, HORIZON_DAYS, LEVELS = 7, 7, 3
"""Trained again weekly, forecast nightly for a week, P10, P50 and P90: the default schedules."""
NIGHT_HOURS = 6
"""Hours in which the nightly forecasts, and each day's share of trainings, must be done."""
BUSY = 0.7
"""Share of its time that a core may be busy on average, so that a bad minute has room."""
FORECAST_READ_DAYS, TRAIN_READ_DAYS = 120, 365
MODELS_KEPT = 3
"""Champion, previous and one more."""
METERS_PER_REQUEST = 500
"""Readings of many meters come in one body where somebody cares; else one request per meter."""


@dataclass(frozen=True)
class Prices:
    """Monthly list prices of a European cloud, rounded; yours will differ, the shares hardly."""

    core: float = 15.0
    """One core with 4 GB of memory."""
    memory_gb: float = 4.0
    disk_gb: float = 0.08
    objects_gb: float = 0.02


@dataclass(frozen=True)
class Plan:
    """What a number of meters needs."""

    meters: int
    worker_cores: float
    api_cores: float
    store_cores: float
    redis_core: float
    """Share of the one core that Redis has."""
    redis_gb: float
    readings_gb_per_year: float
    forecasts_gb_per_year: float
    models_gb: float
    requests_per_s: float
    points_per_s: float
    euros_per_month: float


def plan(costs: Mapping[str, float], meters: int, prices: Prices | None = None) -> Plan:
    """The needs of `meters` meters at 15 minutes.

    :param costs: figures of `benchmarks.scale_costs` by name.
    """
    prices = prices or Prices()
    night = NIGHT_HOURS * 3600 * BUSY
    forecast = costs["forecast_cpu_s"] + costs["load_model_cpu_s"]
    forecast += FORECAST_READ_DAYS * READINGS_PER_DAY * costs["influx_read_cpu_s"]
    issued = HORIZON_DAYS * READINGS_PER_DAY
    forecast += issued * costs["influx_write_cpu_s"]
    training = costs["train_cpu_s"] + costs["job_worker_cpu_s"]
    training += TRAIN_READ_DAYS * READINGS_PER_DAY * costs["influx_read_cpu_s"]
    worker_cores = meters * (forecast + training / TRAIN_EVERY_DAYS) / night
    points = meters * READINGS_PER_DAY / DAY
    requests = points / METERS_PER_REQUEST + meters / DAY
    api_cores = requests * costs["submit_request_cpu_s"] / BUSY
    store_cores = (points / BUSY + meters * issued / night) * costs["influx_write_cpu_s"]
    redis_core = meters / TRAIN_EVERY_DAYS * costs["job_redis_cpu_s"] / night
    # Jobs of a week are kept; nightly forecasts are rounds and leave no job behind.
    jobs_kept = meters * 7 / TRAIN_EVERY_DAYS
    redis = costs["redis_base_bytes"] + meters * costs["redis_meter_bytes"]
    redis += jobs_kept * costs["train_job_bytes"]
    readings = meters * READINGS_PER_DAY * 365 * costs["influx_bytes"]
    forecasts = meters * issued * LEVELS * 365 * costs["influx_bytes"]
    models = meters * MODELS_KEPT * costs["model_bytes"]
    euros = (
        math.ceil(worker_cores + api_cores + store_cores + redis_core) * prices.core
        + 2 * redis / 1e9 * prices.memory_gb
        + (readings + forecasts) / 1e9 * prices.disk_gb
        + models / 1e9 * prices.objects_gb
    )
    return Plan(
        meters=meters,
        worker_cores=worker_cores,
        api_cores=api_cores,
        store_cores=store_cores,
        redis_core=redis_core,
        redis_gb=redis / 1e9,
        readings_gb_per_year=readings / 1e9,
        forecasts_gb_per_year=forecasts / 1e9,
        models_gb=models / 1e9,
        requests_per_s=requests,
        points_per_s=points,
        euros_per_month=euros,
    )
