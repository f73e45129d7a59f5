"""What a worker process works on, one of each: the weather, the models in memory."""

from functools import lru_cache

from data import open_store
from weather.quota import RedisMemory
from weather.service import WeatherService, open_weather
from workers.jobs import process_jobs
from workers.warm_models import WarmModels


@lru_cache(maxsize=1)
def weather_service(pid: int) -> WeatherService | None:
    """The weather service of this process; None where the settings want none."""
    jobs = process_jobs(pid)
    return open_weather(jobs.settings, open_store(jobs.settings), RedisMemory(jobs.redis))


@lru_cache(maxsize=1)
def warm_models(megabytes: int) -> WarmModels:
    """The warm models of this process."""
    return WarmModels(megabytes * 2**20)
