"""Weather for a meter: what is known of it, and how honest that knowledge is."""

from weather.known import grade_stretches, known_weather

__all__ = ["grade_stretches", "known_weather"]
