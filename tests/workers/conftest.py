"""Jobs on a real Redis, with a queue that nobody works on."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from config import load_settings
from workers.jobs import Jobs, open_jobs


@pytest.fixture
def jobs(redis_url: str, tmp_path: Path) -> Iterator[Jobs]:
    opened = open_jobs(load_settings({"REDIS_URL": redis_url, "STATE_DIR": str(tmp_path)}))
    opened.redis.flushdb()
    yield opened
    opened.redis.close()
