# %% [markdown]
# # Forecast a meter with `ml` alone
#
# No server, no Redis, no store: a Series of readings in, P10, P50 and P90 out. Run it as a script,
# or cell by cell in an editor that knows `# %%`.
#
#     python examples/notebooks/forecast_with_ml.py

# %%
from datetime import timedelta

import pandas as pd

from data.simulation import simulate
from ml import backtest, train

# %% [markdown]
# ## Readings
#
# Any Series with an index of UTC instants, each the start of its interval. Here simulated ones: a
# household's 180 days of hourly kWh. Of your own: `pd.read_csv(…)["value"]` with
# `tz_localize("Europe/Rome").tz_convert("UTC")`.

# %%
household = simulate(seed=7, end=pd.Timestamp("2026-06-01", tz="UTC").to_pydatetime(), days=180)[0]
meter, readings, weather = household.meter, household.readings, household.weather
print(readings.describe())

# %% [markdown]
# ## How good would it have been?
#
# A backtest forecasts the last part again and again, each time with what was known then. The
# baseline repeats last week.

# %%
outcome = backtest(readings, weather, meter=meter, test_size=0.1)
ours, naive = outcome.metrics["mae"], outcome.baseline_metrics["mae"]
print(f"mean error {ours:.3f} {meter.unit}, of the weekly naive {naive:.3f}")
print(f"{1 - ours / naive:.0%} less error than repeating last week")
print(f"inside P10 to P90: {outcome.metrics['coverage_80']:.0%} (80 % is right)")

# %% [markdown]
# ## Train once, forecast often
#
# `history` may be newer than what the model was trained on. Weather beyond the readings would be a
# forecast of it; without one the model says what it can.

# %%
forecaster = train(readings, weather, meter=meter)
start = readings.index[-1] + timedelta(hours=1)
forecast = forecaster.predict(readings, start, start + timedelta(days=3))
print(forecast.head(24).round(3))

# %% [markdown]
# ## Keep it
#
# A model is a folder of JSON and XGBoost's own files: no pickle, so loading one runs no code.
#
#     forecaster.save(folder)
#     Forecaster.load(folder)
