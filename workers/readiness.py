"""How long a history must be for what; light, because the web process refuses by it too."""

from datetime import timedelta

TRAINABLE = timedelta(days=14)
"""From here on `ml` trains, so a model should answer."""
SHORTEST = timedelta(hours=23)
"""First to last reading of a meter too young for a model: each hour of the day once."""
