"""Learners mixed by what they got wrong, with bands.

`Candidate`s are fitted, judged by their `Evidence` and mixed into an `Ensemble`; a short history
may borrow from similar meters (`SimilarMeter`).
"""

from ml.ensemble.ensemble import Ensemble
from ml.ensemble.evidence import Candidate, Evidence, Judged
from ml.ensemble.similar import SimilarMeter

__all__ = ["Candidate", "Ensemble", "Evidence", "Judged", "SimilarMeter"]
