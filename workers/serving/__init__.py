"""Who answers for a meter: `issue` makes a forecast and notes who made it, on a `Desk`."""

from workers.serving.answer import Issue, issue
from workers.serving.desk import Desk, open_desk

__all__ = ["Desk", "Issue", "issue", "open_desk"]
