"""Weather for a meter: what is known of it, and how honest that knowledge is."""

from weather.grades import Grade
from weather.known import grade_stretches, known_weather

__all__ = ["Grade", "grade_stretches", "known_weather"]
