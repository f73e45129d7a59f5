"""Workbooks (.xlsx, .xls, .ods), bounded before they are opened. Face: `reading`."""
