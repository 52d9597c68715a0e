"""Learning analytics over data frames: item response theory, survival, mixed models, growth, forecasts, segments.

Every call does what the command ``seedtest`` does with the same rows, and :meth:`to_json` of its result is what the
command writes, byte for byte. Data frames of polars, pandas and pyarrow are read where they lie; results are data
frames of the same library.
"""

from . import errors
from ._cluster import Clustering, cluster
from ._growth import GrowthModel, growth, probability_of_goal
from ._irt import IRT, Dif, Linking, Scores, dif, link, score
from ._mixed import MixedModel, glmer, lmer
from ._native import __version__
from ._progress import Progress
from ._prophet import Prophet
from ._survival import CoxPH, Survival, SurvivalCurves, survival_curves
from .errors import (
    ConvergenceWarning,
    DataError,
    DataWarning,
    DeadlineError,
    NotFittedError,
    SeedtestError,
    SettingError,
    TooLittleDataError,
)

__all__ = [
    "IRT",
    "Clustering",
    "ConvergenceWarning",
    "CoxPH",
    "DataError",
    "DataWarning",
    "DeadlineError",
    "Dif",
    "GrowthModel",
    "Linking",
    "MixedModel",
    "NotFittedError",
    "Progress",
    "Prophet",
    "Scores",
    "SeedtestError",
    "SettingError",
    "Survival",
    "SurvivalCurves",
    "TooLittleDataError",
    "__version__",
    "cluster",
    "dif",
    "errors",
    "glmer",
    "growth",
    "link",
    "lmer",
    "probability_of_goal",
    "score",
    "survival_curves",
]
