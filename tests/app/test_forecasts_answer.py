"""Forecasts of two sets of quantiles in one answer: what one of them lacks is null."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd

from app import create_app
from config import load_settings
from data import Meter, open_store

START = datetime(2025, 3, 1, tzinfo=UTC)


def points(start: datetime, *levels: str) -> pd.DataFrame:
    index = pd.date_range(start, periods=2, freq="h")
    return pd.DataFrame({level: [1.0, 2.0] for level in levels}, index=index)


def test_levels_that_a_forecast_lacks_are_null(redis_url: str, tmp_path: Path) -> None:
    settings = load_settings({"REDIS_URL": redis_url, "STATE_DIR": str(tmp_path)})
    store, meter = open_store(settings), Meter("electricity", "two")
    store.put_meter(meter)
    later = START + timedelta(hours=2)
    sets = ((START, ("p10", "p50", "p90")), (later, ("p2_5", "p10", "p50", "p90")))
    for start, levels in sets:
        store.write_forecast(
            meter,
            points(start, *levels),
            issued_at=start,
            origin=start,
            model_version="v",
            source="model",
        )
    path = "/meters/electricity/two/forecasts?start=2025-03-01&end=2025-03-02"
    body = create_app(settings).test_client().get(path).get_data(as_text=True)
    assert json.loads(body, parse_constant=lambda name: name)["p2_5"] == [None, None, 1.0, 2.0]
