"""Requests of the service bench, each from a seed of its own."""

import math
import random


def score(items=40):
    """One student's answers with the parameters of the items."""
    draw = random.Random(7)
    params = {
        f"q{i}": {"a": round(draw.uniform(0.6, 2), 4), "b": round(draw.gauss(0, 1), 4)}
        for i in range(items)
    }
    answers = [{"item_id": item, "is_correct": draw.random() < 0.6} for item in params]
    return {"item_params": params, "responses": answers}


def growth(students=100, weeks=12):
    """Weekly scores with a quarter missing; chains and draws as brms has them by default."""
    draw = random.Random(4)
    rows = []
    for student in range(students):
        level, slope = draw.gauss(0.1, 0.5), draw.gauss(0.05, 0.04)
        for week in range(weeks):
            if draw.random() < 0.75:
                score = round(level + slope * week + draw.gauss(0, 0.3), 4)
                rows.append({"student_id": f"s{student}", "week": week, "score": score})
    return {
        "rows": rows,
        "n_chains": 4,
        "n_warmup": 1000,
        "n_samples": 1000,
        "seed": 42,
        "target_score": 0.7,
        "horizon_weeks": 4,
    }


COVARIATES = ("sessions_28d", "mean_gap_days_28d", "A_t", "E_t", "R_t")


def survival(rows=1000, full=False):
    """Times to an event with five covariates. The service of R measures no quality on left-out
    students, tests no proportional hazards and gives no reasons, so ours is told not to either,
    unless `full`."""
    draw = random.Random(5)
    table = []
    for user in range(rows):
        values = {name: round(draw.random(), 4) for name in COVARIATES}
        risk = 0.1 * math.exp(values["mean_gap_days_28d"] - values["A_t"])
        time = draw.expovariate(risk)
        table.append(
            {
                "user_id": f"u{user}",
                "time": round(min(time, 30) + 0.01, 2),
                "event": int(time < 30),
                **values,
            }
        )
    wanted = {"quality": full, "reasons": full, "proportionality": full}
    return {"rows": table, "horizon_days": 14, "params": {"family": "cox"}, **wanted}


def calibrate(students=500, items=20):
    """Answers of a class to a test, for a 2PL calibration."""
    draw = random.Random(8)
    rows = []
    for student in range(students):
        theta = draw.gauss(0, 1)
        for item in range(items):
            right = draw.random() < 1 / (1 + math.exp((item - 10) / 6 - theta))
            rows.append({"user_id": f"u{student}", "item_id": f"q{item}", "is_correct": right})
    return {"observations": rows, "priors": "weak"}
