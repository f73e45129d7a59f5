"""What runs by schedule over all meters.

`tasks` takes a schedule's turn, `rounds` walks through the meters a chunk at a time, `chunks` does
one; `forecasting`, `scoring`, `retraining`, `tidying` and `weather` are the work itself.
"""
