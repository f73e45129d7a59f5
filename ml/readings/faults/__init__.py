"""Places where readings are wrong, each kind looked for without the others: `faults_of` a grid.

Codes for missing values, flatlines, other units and spikes; `shifts` are told and not left out.
"""

from ml.readings.faults.faults import Faults, faults_of

__all__ = ["Faults", "faults_of"]
