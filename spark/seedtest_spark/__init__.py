"""The calibrations, scores and indicators of seedtest over DataFrames of Apache Spark.

Results are those of the command line over the same rows, whatever the partitions: see `docs/spark.md`.
"""

from .calibration import Calibration, calibrate
from .models import Fit, churn, growth, segments
from .scoring import score
from .students import features, kpis, weekly_scores

__all__ = [
    "Calibration",
    "Fit",
    "calibrate",
    "churn",
    "features",
    "growth",
    "kpis",
    "score",
    "segments",
    "weekly_scores",
]
__version__ = "0.1.0"
