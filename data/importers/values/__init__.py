"""Texts to numbers, and the units that names and cells hold.

Face: `find_number_format`, `unit_in`, `unit_of_cell`.
"""
