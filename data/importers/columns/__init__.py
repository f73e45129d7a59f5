"""What each column is for, by its name and its cells: face `find_roles`, `register_of`."""
