"""What is known of each pair of an origin and a target.

`Surroundings` are what is known around a meter, `Pairs` what is asked, `Design` the table of both,
`expand` that for models without trees.
"""

from ml.features.design import Design, Pairs, Surroundings, draw_pairs
from ml.features.expansion import Expansion, expand

__all__ = ["Design", "Expansion", "Pairs", "Surroundings", "draw_pairs", "expand"]
