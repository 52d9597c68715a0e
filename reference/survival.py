"""Figures of scikit-survival for the tests of crates/survival::quality.

pip install scikit-survival==0.28.0 lifelines==0.30.3
python reference/survival.py > crates/survival/tests/golden/quality.json

scikit-survival weighs an event at t by the probability of no censoring up to and at t, we by that of no
censoring before t. The times are spread by a tiny amount so that no event and censoring coincide and both
are the same.
"""
import json
import numpy as np
import sksurv
from sksurv.linear_model import CoxPHSurvivalAnalysis
from sksurv.metrics import (brier_score, concordance_index_censored, concordance_index_ipcw,
                            cumulative_dynamic_auc, integrated_brier_score)
from sksurv.util import Surv

data = {}
for line in open("crates/survival/tests/golden/data/churn_1k.csv"):
    name, *values = line.strip().split(",")
    data[name] = np.array(values, float)
n = len(data["time"])
time = data["time"] + np.arange(n) * 1e-6
y = Surv.from_arrays(data["event"] == 1, time)
# A prediction from a fixed formula, so that no fit stands between the two programs.
lp = -0.9 * data["accuracy"] - 0.15 * data["sessions"] + 0.3 * data["latency"] - 0.5 * data["paid"]
# Rounded, so that rows of equal prediction are equal to the last bit in both programs.
lp = np.rint((lp - lp.mean()) * 1e6) / 1e6
times = np.array([7.0, 14.0, 30.0, 60.0, 90.0])
survival = np.exp(-np.outer(np.exp(lp), 0.012 * times))
auc, _ = cumulative_dynamic_auc(y, y, lp, times)
print(json.dumps({
    "versions": {"scikit-survival": sksurv.__version__, "numpy": np.__version__},
    "call": "cumulative_dynamic_auc(y, y, lp, times); brier_score(y, y, S, times); "
            "integrated_brier_score; concordance_index_ipcw(y, y, lp, tau)",
    "times": times.tolist(), "auc": auc.tolist(),
    "brier": brier_score(y, y, survival, times)[1].tolist(),
    "integrated_brier": float(integrated_brier_score(y, y, survival, times)),
    "uno": [float(concordance_index_ipcw(y, y, lp, tau)[0]) for tau in times],
    "harrell": float(concordance_index_censored(data["event"] == 1, time, lp)[0]),
}))
