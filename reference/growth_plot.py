# Our posterior, that of brms and the simulated truth: docs/img/growth-agreement.svg.
# cargo build --release -p seedtest-growth --example time_growth
# python3 reference/growth_plot.py growth_100.csv growth_1000.csv     needs matplotlib; growth_1000 unpacked
import json, os, subprocess, sys
import matplotlib
matplotlib.use("svg")
matplotlib.rcParams["svg.hashsalt"] = "growth"
import matplotlib.pyplot as plt

EXAMPLE = os.path.join(os.environ.get("CARGO_TARGET_DIR", "target"), "release", "examples", "time_growth")
TRUTH = {"intercept": 0.1, "week": 0.05, "sd_intercept": 0.5, "sd_week": 0.04, "cor": -0.3, "sigma": 0.3}
BRMS = {"b_Intercept": "intercept", "b_week": "week", "sd_student__Intercept": "sd_intercept",
        "sd_student__week": "sd_week", "cor_student__Intercept__week": "cor", "sigma": "sigma"}

figure, axes = plt.subplots(1, 2, figsize=(9, 3.2), sharey=True)
for axis, path in zip(axes, sys.argv[1:]):
    case = os.path.basename(path).removesuffix(".csv")
    lines = [line.split() for line in subprocess.run([EXAMPLE, path], capture_output=True, text=True).stdout.splitlines()]
    ours = {line[0]: (float(line[1]), float(line[2])) for line in lines if line[0] in TRUTH}
    summary = json.load(open(f"crates/growth/tests/golden/brms/{case}.json"))["summary"]
    brms = {BRMS[s["variable"]]: (s["mean"], s["sd"]) for s in summary if s["variable"] in BRMS}
    for at, name in enumerate(TRUTH):
        scale = brms[name][1]
        for (mean, sd), shift, colour, label in ((ours[name], 0.12, "#1b6ca8", "ours"), (brms[name], -0.12, "#c65d21", "brms")):
            axis.errorbar((mean - TRUTH[name]) / scale, at + shift, xerr=2 * sd / scale, fmt="o", ms=4,
                          color=colour, label=label if at == 0 else None)
    axis.axvline(0, color="#444", lw=1)
    axis.set_yticks(range(len(TRUTH)), list(TRUTH))
    axis.set_title(case.replace("growth_", "") + " students")
    axis.set_xlabel("mean ± 2 sd, distance from the truth in sd of brms")
axes[0].invert_yaxis()
axes[0].legend(loc="lower left", frameon=False)
figure.tight_layout()
figure.savefig("docs/img/growth-agreement.svg", metadata={"Date": None})
