"""Learners mixed by what they got wrong, with bands.

`Candidate`s are fitted, judged by their `Evidence` and mixed into an `Expert`; a short history may
borrow from similar meters (`Kin`).
"""

from ml.ensemble.ensemble import Expert
from ml.ensemble.selection import Candidate, Evidence, Judged
from ml.ensemble.similar import Kin

__all__ = ["Candidate", "Evidence", "Expert", "Judged", "Kin"]
