"""How good forecasts were: `backtest` over the past, `contest` of models, `accuracy` as issued."""
