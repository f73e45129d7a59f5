"""Meters as the API shows and changes them: the catalogue, the overview, what surrounds a meter."""
