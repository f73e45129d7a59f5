"""What cells look like, and where a table begins among them: face `profile`, `find_heading`."""
