"""The calibrations, scores and indicators of seedtest over DataFrames of Apache Spark.

Results are those of the command line over the same rows, whatever the partitions: see `docs/spark.md`.
"""

from .calibration import Calibration, calibrate
from .scoring import score
from .students import features, kpis, weekly_scores

__all__ = ["Calibration", "calibrate", "features", "kpis", "score", "weekly_scores"]
__version__ = "0.1.0"
