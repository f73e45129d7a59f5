"""Fixtures that the whole suite shares: a Redis, and the platform with all its processes."""

import os
import signal
from collections.abc import Iterator

import pytest

from cli.redis_server import running_redis
from tests.browsers import browser, module_page, page, screenshot
from tests.platform import Platform
from tests.processes import free_port

__all__ = ["browser", "module_page", "page", "screenshot"]

# Whatever the shell of the developer says, the tests choose; and they never write into `var/`.
for _name in ("REDIS_URL", "INFLUX_URL", "API_PORT", "STATE_DIR", "MODEL_STORE_URL", "DEBUG"):
    os.environ.pop(_name, None)
# No test asks a weather service but one of its own (`tests/weather`).
os.environ["WEATHER_PROVIDER"] = "none"


def pytest_configure() -> None:
    """Stop what was started also when the run is told to end (`timeout`, CI), as after Ctrl-C."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real Redis of this test run."""
    with running_redis(free_port(), tmp_path_factory.mktemp("redis")) as url:
        yield url


@pytest.fixture(scope="session")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """Redis, API, workers and beat, shared by tests that break nothing."""
    with Platform(tmp_path_factory.mktemp("platform")) as running:
        yield running


@pytest.fixture(scope="module")
def breakable(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """The same for one file, whose tests kill and restart parts of it."""
    with Platform(tmp_path_factory.mktemp("breakable")) as running:
        yield running


@pytest.fixture
def own_platform(breakable: Platform) -> Iterator[Platform]:
    """A platform that a test may break: as new at its beginning, mended after it."""
    yield breakable
    breakable.mend()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]):  # type: ignore[no-untyped-def]
    """Under CI a skipped test is a failed one: what is not run is not shown."""
    report = yield
    if os.environ.get("CI") == "true" and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped under CI: {report.longrepr}"
    return report
