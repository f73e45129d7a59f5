"""How values are written where others read them: compact JSON, instants in UTC."""

import json
from datetime import UTC, datetime
from typing import Any


def dump(value: Any) -> str:
    """Compact JSON; NaN is refused, because no JSON reader takes it."""
    return json.dumps(value, separators=(",", ":"), allow_nan=False, ensure_ascii=False)


def timestamp(now: datetime) -> str:
    """An aware instant as the API writes it: UTC, milliseconds, `Z`."""
    return now.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
