"""The pages of the dashboard and their files (`templates/`, `static/`, `browser/` beside it)."""
