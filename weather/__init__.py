"""Weather for a meter: fetched, imported or usual, and how honest each hour of it is."""

from weather.grades import Grade
from weather.stretches import commonest_grade, grade_stretches

__all__ = ["Grade", "commonest_grade", "grade_stretches"]
