"""One frozen object with every setting (`config.loading` fills it).

Each field below names its environment variable, says what it does and how it is checked;
`docs/configuration.md` is written from it, so a setting cannot be undocumented.
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from config.scheduling import Schedule

SHORTEST_KEY = 32
"""Characters of a key that somebody thought up; what `energy keys create` makes has 256 bits."""
RATE = re.compile(r"[1-9][0-9]*/(second|minute|hour|day)")
ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://[^/?#@*\s]+")


def listed_origins(text: str) -> list[str]:
    """The origins of a list with commas, as browsers write them: small, without a last slash."""
    return [part.strip().rstrip("/").lower() for part in text.split(",") if part.strip()]


@dataclass(frozen=True)
class MeterType:
    """A commodity: one entry of `config/meter_types.json` makes a new one known everywhere."""

    name: str
    title: str
    unit: str
    """Unit assumed for a meter that states none."""
    units: tuple[str, ...]
    may_be_negative: bool
    """Whether feeding in is normal (net electricity), or a fault (water)."""
    minimum_night_flow: bool
    weather: tuple[str, ...]
    """Weather variables that are worth fetching (`config/weather_config.json`)."""


def _port(value: int) -> str | None:
    return None if 0 < value < 65536 else "a port from 1 to 65535"


def _positive(value: float) -> str | None:
    return None if 0 < value < math.inf else "a number above 0"


def _not_negative(value: float) -> str | None:
    return None if 0 <= value < math.inf else "0 or a number above it"


def _long_secret(value: str) -> str | None:
    # Empty is none: so a compose file passes on a variable that was taken out.
    known = not value or len(value) >= SHORTEST_KEY
    return None if known else f"a random text of {SHORTEST_KEY} characters"


def _rate(value: str) -> str | None:
    return None if RATE.fullmatch(value) else "a rate such as 6000/minute"


def _origins(value: str) -> str | None:
    good = all(ORIGIN.fullmatch(origin) for origin in listed_origins(value))
    return None if good else "origins such as https://dash.example.org, each one by name"


def _share(value: float) -> str | None:
    return None if 0 <= value < 1 else "a share from 0 up to below 1"


def _zone(value: str) -> str | None:
    return None if value in available_timezones() else "a time zone such as Europe/Rome"


def _redis_url(value: str) -> str | None:
    schemes = {"redis", "rediss", "unix", "sentinel"}
    return None if urlsplit(value).scheme in schemes else "an address such as redis://host:6379/0"


def _http_url(value: str) -> str | None:
    parts = urlsplit(value)
    good = parts.scheme in {"http", "https"} and parts.hostname
    return None if good else "an address such as http://host:8086"


def _one_of(*choices: str) -> Callable[[str], str | None]:
    return lambda value: None if value in choices else "one of " + ", ".join(choices)


def _quantiles(value: tuple[float, ...]) -> str | None:
    inside = all(0 < q < 1 for q in value)
    good = inside and {0.1, 0.5, 0.9} <= set(value) and list(value) == sorted(set(value))
    return None if good else "ascending levels between 0 and 1 that include 0.1,0.5,0.9"


def setting(
    env: str,
    default: Any,
    text: str,
    *,
    check: Callable[[Any], str | None] | None = None,
    secret: bool = False,
) -> Any:
    """A field of `Settings`: its variable, default, description and rule.

    `check` returns None for a good value, else what a good one would be.
    """
    metadata = {"env": env, "text": text, "check": check, "secret": secret}
    return field(default=default, metadata=metadata, repr=not secret)


@dataclass(frozen=True)
class Settings:
    """All settings, read once at the start of a process by `config.load_settings`."""

    # -- the program
    debug: bool = setting("DEBUG", False, "Debug logging and error detail; never a debugger.")
    api_host: str = setting("API_HOST", "127.0.0.1", "Address the API listens on.")
    api_port: int = setting("API_PORT", 8000, "Port of the API and the dashboard.", check=_port)
    cors_origins: str = setting(
        "CORS_ORIGINS",
        "",
        "Origins whose pages may use the API, separated by commas, such as https://dash.example.org.",
        check=_origins,
    )
    api_workers: int = setting("API_WORKERS", 2, "Processes of the API.", check=_positive)
    api_keys: str = setting(
        "API_KEYS",
        "auto",
        "When a key is needed: `auto` unless the API listens on loopback, or `always`.",
        check=_one_of("auto", "always"),
    )
    bootstrap_api_key: str = setting(
        "BOOTSTRAP_API_KEY",
        "",
        "A first key with every right, valid while it is set; at least 32 characters.",
        check=_long_secret,
        secret=True,
    )
    metrics_api_key: str = setting(
        "METRICS_API_KEY",
        "",
        "A key for `GET /metrics` and nothing else, valid while it is set; at least 32 characters.",
        check=_long_secret,
        secret=True,
    )
    api_key: str = setting(
        "ENERGY_API_KEY", "", "Key that the `energy` command shows to the API.", secret=True
    )
    client_timeout: float = setting(
        "CLIENT_TIMEOUT_SECONDS",
        30.0,
        "Silence after which a client that sends a body is cut off; a slow one gets no more beside"
        " a second for each KiB it sends or each 64 KiB it reads.",
        check=_positive,
    )
    sign_in_hours: float = setting(
        "SIGN_IN_HOURS", 12.0, "How long a sign-in on the page lasts.", check=_positive
    )
    rate_limit: str = setting(
        "RATE_LIMIT",
        "6000/minute",
        "Requests that one key may make, where keys are needed; empty: any number.",
        check=_rate,
    )
    flower_host: str = setting("FLOWER_HOST", "127.0.0.1", "Address Flower listens on.")
    flower_port: int = setting("FLOWER_PORT", 5555, "Port of Flower.", check=_port)
    flower_auth: str = setting(
        "FLOWER_AUTH",
        "",
        "`user:password` for Flower; needed, as a key is for the API, unless it is on loopback.",
        secret=True,
    )
    state_dir: Path = setting(
        "STATE_DIR", Path("var"), "Where the embedded store and the embedded Redis keep files."
    )
    log_dir: Path = setting("LOG_DIR", Path("logs"), "Folder of the log files.")
    log_format: str = setting(
        "LOG_FORMAT",
        "color",
        "How lines on stdout look: `color`, `plain` or `json`.",
        check=_one_of("color", "plain", "json"),
    )
    otel_endpoint: str | None = setting(
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        None,
        "OpenTelemetry collector (OTLP over HTTP) that gets traces; needs the extra `otel`.",
        check=_http_url,
    )
    config_dir: Path = setting(
        "CONFIG_DIR",
        Path("config"),
        "Folder of the JSON files: influxdb_config, weather_config, meter_types, schedules.",
    )

    # -- Redis and jobs
    redis_url: str = setting(
        "REDIS_URL",
        "",
        "Redis of jobs, events and broker (redis, rediss, unix, sentinel); empty starts an"
        " embedded one.",
        check=_redis_url,
        secret=True,
    )
    redis_master: str = setting(
        "REDIS_SENTINEL_MASTER", "mymaster", "The master's name, where REDIS_URL names sentinels."
    )
    redis_port: int = setting(
        "REDIS_PORT", 6390, "Port of the embedded Redis (unused with REDIS_URL).", check=_port
    )
    broker_url: str = setting(
        "BROKER_URL", "", "Celery's broker where it is not Redis, e.g. amqp://…", secret=True
    )
    job_ttl: int = setting(
        "JOB_TTL_SECONDS",
        7 * 86400,
        "How long an ended job and its events are kept.",
        check=_positive,
    )
    job_events: int = setting(
        "JOB_EVENTS", 2000, "Events kept per job for replay.", check=_positive
    )
    heartbeat: float = setting(
        "HEARTBEAT_SECONDS",
        5.0,
        "How often a worker renews the heartbeat of its job.",
        check=_positive,
    )
    stale_after: float = setting(
        "STALE_AFTER_SECONDS",
        30.0,
        "Silence after which a job's worker counts as dead; at least twice HEARTBEAT_SECONDS.",
        check=_positive,
    )
    sweep_every: float = setting(
        "SWEEP_SECONDS", 10.0, "How often jobs of dead workers are looked for.", check=_positive
    )
    max_deliveries: int = setting(
        "MAX_DELIVERIES", 3, "Times a job that kills its worker is tried.", check=_positive
    )
    max_retries: int = setting(
        "MAX_RETRIES",
        5,
        "Retries of a job whose store or model store does not answer.",
        check=_not_negative,
    )
    retry_base: float = setting(
        "RETRY_BASE_SECONDS",
        2.0,
        "First wait before a retry; doubles, with jitter.",
        check=_positive,
    )
    task_time_limit: int = setting(
        "TASK_TIME_LIMIT_SECONDS", 3600, "Longest run of one job.", check=_positive
    )
    batch_window: int = setting(
        "BATCH_WINDOW",
        16,
        "Members of a batch in a queue at once; at least the processes that work on it.",
        check=_positive,
    )
    max_batch: int = setting("MAX_BATCH", 100000, "Most members of one batch.", check=_positive)
    max_waiting: int = setting(
        "MAX_WAITING_JOBS",
        50_000,
        "Jobs that may wait in one queue; above that 429. Members of a batch don't count.",
        check=_positive,
    )
    max_jobs_per_key: int = setting(
        "MAX_JOBS_PER_KEY",
        10_000,
        "Jobs of one key that may be open at once; above that 429.",
        check=_positive,
    )
    max_wait: float = setting(
        "MAX_WAIT_SECONDS", 60.0, "Longest `Prefer: wait` that is honoured.", check=_positive
    )
    training_workers: int = setting(
        "TRAINING_WORKERS", 1, "Processes of the training worker.", check=_positive
    )
    forecast_workers: int = setting(
        "FORECAST_WORKERS", 1, "Processes of the forecast worker.", check=_positive
    )

    # -- streams
    stream_heartbeat: float = setting(
        "STREAM_HEARTBEAT_SECONDS",
        15.0,
        "Pause between comment lines in a silent stream.",
        check=_positive,
    )
    stream_max_clients: int = setting(
        "STREAM_MAX_CLIENTS",
        20000,
        "Streams one API process holds; above that 503.",
        check=_positive,
    )
    streams_per_key: int = setting(
        "STREAMS_PER_KEY",
        1000,
        "Streams of one key that one API process holds; above that 503.",
        check=_positive,
    )
    stream_buffer_bytes: int = setting(
        "STREAM_BUFFER_BYTES",
        262144,
        "Unread bytes after which a slow client is dropped.",
        check=_positive,
    )
    stream_writer: str = setting(
        "STREAM_WRITER",
        "auto",
        "`socket` writes from the hub, `iterator` through WSGI.",
        check=_one_of("auto", "socket", "iterator"),
    )

    # -- forecasting
    max_forecast_days: int = setting(
        "MAX_FORECAST_DAYS",
        31,
        "Furthest a forecast reaches after the last reading.",
        check=_positive,
    )
    quantiles: tuple[float, ...] = setting(
        "QUANTILES", (0.1, 0.5, 0.9), "Quantile levels of every model.", check=_quantiles
    )
    threads: int = setting(
        "TRAINING_THREADS", 1, "Threads of one XGBoost run (nthread).", check=_positive
    )
    similar_meters: int = setting(
        "SIMILAR_METERS",
        4,
        "Similar meters that one with at most twelve weeks of readings learns from too; 0: none.",
        check=_not_negative,
    )
    model_store_url: str = setting(
        "MODEL_STORE_URL", "models", "Folder or fsspec address of the model artifacts."
    )
    model_cache_mb: int = setting(
        "MODEL_CACHE_MB",
        256,
        "Models a forecast worker keeps in memory, in MiB of artifacts.",
        check=_positive,
    )
    model_versions_kept: int = setting(
        "MODEL_VERSIONS_KEPT",
        5,
        "Newest versions kept beside champion, previous and challenger.",
        check=_positive,
    )
    promotion_margin: float = setting(
        "PROMOTION_MARGIN",
        0.02,
        "How much worse than the champion (share of its error) a new model may be and replace it.",
        check=_share,
    )
    promotion_days: int = setting(
        "PROMOTION_DAYS",
        28,
        "Longest window of latest readings on which a new model and the champion are compared.",
        check=_positive,
    )
    retrain_after: int = setting(
        "RETRAIN_AFTER_DAYS",
        7,
        "Age of a champion at which the nightly run trains the meter again.",
        check=_positive,
    )
    nightly_days: int = setting(
        "NIGHTLY_FORECAST_DAYS", 7, "How far the nightly forecasts reach.", check=_positive
    )
    forecasts_kept: int = setting(
        "FORECASTS_KEPT_DAYS",
        400,
        "How long issued forecasts are kept; a year to look back on, and a month to do it.",
        check=_positive,
    )
    schedule_timezone: str = setting(
        "SCHEDULE_TIMEZONE", "UTC", "Time zone of the cron lines in schedules.json.", check=_zone
    )

    # -- readings
    max_upload_mb: int = setting(
        "MAX_UPLOAD_MB", 64, "Largest request body in MiB.", check=_positive
    )
    inline_upload_mb: int = setting(
        "INLINE_UPLOAD_MB",
        4,
        "Largest body of readings in MiB that is stored at once; a larger one becomes a job.",
        check=_positive,
    )
    import_bridge_hours: float = setting(
        "IMPORT_BRIDGE_HOURS",
        6.0,
        "Longest that a value sent on change lasts, and that two counts at odd times may be apart,"
        " when they are put onto a grid; what is longer stays a gap.",
        check=_positive,
    )
    upload_url: str = setting(
        "UPLOAD_URL",
        "var/uploads",
        "Folder or fsspec address where larger bodies wait for a worker.",
    )
    influx_url: str | None = setting(
        "INFLUX_URL",
        None,
        "InfluxDB 1.x, 2.x or 3.x; empty uses the embedded store.",
        check=_http_url,
    )
    influx_token: str | None = setting("INFLUX_TOKEN", None, "API token (2.x, 3.x).", secret=True)
    influx_org: str | None = setting("INFLUX_ORG", None, "Organisation (2.x).")
    influx_bucket: str = setting("INFLUX_BUCKET", "energy_data", "Bucket, or database in 1.x.")
    influx_username: str | None = setting("INFLUX_USERNAME", None, "User (1.x).")
    influx_password: str | None = setting("INFLUX_PASSWORD", None, "Password (1.x).", secret=True)
    influx_timeout: float = setting(
        "INFLUX_TIMEOUT", 10.0, "Seconds to wait for InfluxDB.", check=_positive
    )
    influx_verify_ssl: bool = setting(
        "INFLUX_VERIFY_SSL", True, "Check InfluxDB's TLS certificate."
    )

    # -- weather
    weather_provider: str = setting(
        "WEATHER_PROVIDER",
        "open-meteo",
        "Who is asked for weather: `open-meteo`, or `none` for only what was imported.",
        check=_one_of("open-meteo", "none"),
    )
    weather_base_url: str | None = setting(
        "WEATHER_BASE_URL",
        None,
        "Own Open-Meteo server; empty uses the public one.",
        check=_http_url,
    )
    weather_api_key: str | None = setting(
        "WEATHER_API_KEY", None, "Key of a commercial Open-Meteo plan.", secret=True
    )
    weather_timeout: float = setting(
        "WEATHER_TIMEOUT", 20.0, "Seconds to wait for an answer of Open-Meteo.", check=_positive
    )
    weather_connect_timeout: float = setting(
        "WEATHER_CONNECT_TIMEOUT",
        3.0,
        "Seconds to wait for a connection to Open-Meteo.",
        check=_positive,
    )
    weather_max_age_hours: float = setting(
        "WEATHER_MAX_AGE_HOURS",
        6.0,
        "Age at which a stored weather forecast is fetched anew.",
        check=_positive,
    )
    weather_pause: float = setting(
        "WEATHER_PAUSE_SECONDS",
        300.0,
        "How long Open-Meteo is left alone after it could not be reached.",
        check=_positive,
    )

    # -- found by the loader, not set
    redis_embedded: bool = False
    """No REDIS_URL was given, so `energy up` starts a Redis of its own."""
    meter_types: Mapping[str, MeterType] = field(default_factory=dict, repr=False)
    schedules: Mapping[str, Schedule] = field(default_factory=dict, repr=False)
