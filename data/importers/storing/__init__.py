"""Series into the store, each meter by the catalogue's word; counts become differences.

Face: `Writer`.
"""
