"""`to_json()` is what the command writes with `--json` for the same rows, byte for byte."""

from __future__ import annotations

import re

import pytest
import seedtest


def without_times(text: str) -> str:
    """A calibration says how long it took, which no two runs share."""
    return re.sub(r'"(read|fit)_seconds": [^,\n]*', r'"\1_seconds": 0', text)


@pytest.mark.parametrize("model", ["rasch", "2pl", "grm"])
def test_irt(model, answers, frame, command):
    fit = seedtest.IRT(model).fit(frame(answers))
    own = command.json("fit", "irt", "--model", model, "--data", command.file(answers))
    assert without_times(fit.to_json()) == without_times(own)


def test_irt_with_settings(answers, frame, command):
    fit = seedtest.IRT("2pl", priors="weak", covariance=True, quality=True, fit_statistics=True, duplicates="last")
    fit.fit(frame(answers), student="student_id", item="item_id", correct="correct", group="gender")
    own = command.json(
        "fit",
        "irt",
        "--data",
        command.file(answers),
        "--priors",
        "weak",
        "--covariance",
        "--quality",
        "--fit-statistics",
        "--duplicates",
        "last",
        "--group",
        "gender",
        "--student",
        "student_id",
        "--item",
        "item_id",
        "--correct",
        "correct",
    )
    assert without_times(fit.to_json()) == without_times(own)


def test_irt_of_a_table_with_an_item_a_column(answers, frame, command):
    items = sorted(set(answers["item_id"]))
    students = sorted(set(answers["student_id"]))
    cells = {}
    for student, item, correct in zip(answers["student_id"], answers["item_id"], answers["correct"]):
        cells[student, item] = correct
    wide = {"student_id": students, **{item: [cells.get((s, item)) for s in students] for item in items}}
    fit = seedtest.IRT().fit(frame(wide))
    own = command.json("fit", "irt", "--data", command.file(wide))
    assert without_times(fit.to_json()) == without_times(own)


def test_dif_score_and_link(answers, frame, command):
    data = command.file(answers)
    found = seedtest.dif(frame(answers), group="gender")
    own = command.json("fit", "irt", "--data", data, "--dif", "gender")
    assert without_times(found.to_json()) == without_times(own)

    old = command.json("fit", "irt", "--data", data, "--covariance")
    new = command.json("fit", "irt", "--data", data, "--covariance", "--model", "rasch")
    old_file, new_file = command.text("old.json", old), command.text("new.json", new)
    for method in ("eap", "wle"):
        scores = seedtest.score(old, frame(answers), method=method)
        assert scores.to_json() == command.json("score", "--params", old_file, "--data", data, "--method", method)
    drawn = seedtest.score(old, frame(answers), plausible_values=3, seed=5)
    own = command.json("score", "--params", old_file, "--data", data, "--plausible-values", "3", "--seed", "5")
    assert drawn.to_json() == own
    linked = seedtest.link(new, old, method="haebara")
    assert linked.to_json() == command.json("link", new_file, old_file, "--method", "haebara")


def test_link_and_score_of_several_categories(answers, frame, command):
    data = command.file(answers)
    old = command.json("fit", "irt", "--data", data, "--model", "grm")
    file = command.text("old.json", old)
    assert seedtest.link(old, old).to_json() == command.json("link", file, file)
    assert seedtest.score(old, frame(answers)).to_json() == command.json("score", "--params", file, "--data", data)


def test_cox(patients, frame, command):
    data = command.file(patients)
    fit = seedtest.CoxPH().fit(frame(patients), formula="Surv(time, event) ~ age + arm")
    own = command.json("fit", "survival", "--data", data, "--formula", "Surv(time, event) ~ age + arm")
    assert fit.to_json() == own
    file = command.text("fit.json", own)
    predicted = command.json("predict", "survival", "--model", file, "--data", data, "--times", "7,30")
    answer = fit._predicted(frame(patients), [7, 30], None)
    assert answer == __import__("json").loads(predicted)


def test_cox_by_columns(patients, frame, command):
    fit = seedtest.CoxPH(ties="breslow", ridge=0.1).fit(
        frame(patients), "time", "event", strata="school", id_col="student_id"
    )
    own = command.json(
        "fit",
        "survival",
        "--data",
        command.file(patients),
        "--formula",
        "Surv(time, event) ~ age + arm",
        "--ties",
        "breslow",
        "--ridge",
        "0.1",
        "--strata",
        "school",
        "--id",
        "student_id",
    )
    assert fit.to_json() == own


def test_other_survival_models(patients, frame, command):
    data, formula = command.file(patients), "Surv(time, event) ~ age + arm"
    fit = seedtest.Survival("weibull", quality=False).fit(frame(patients), formula=formula)
    own = command.json("fit", "survival", "--data", data, "--formula", formula, "--family", "weibull", "--no-quality")
    assert fit.to_json() == own
    curves = seedtest.survival_curves(frame(patients), "Surv(time, event) ~ school")
    own = command.json("fit", "survival-curves", "--data", data, "--formula", "Surv(time, event) ~ school")
    assert curves.to_json() == own


def test_mixed_models(weekly, answers, frame, command):
    formula = "score ~ week + (1 + week | student)"
    data = command.file(weekly)
    fit = seedtest.lmer(formula, frame(weekly), residuals=True, by_level=True)
    own = command.json("fit", "lmm", "--data", data, "--formula", formula, "--residuals", "--by-level")
    assert fit.to_json() == own
    fit = seedtest.lmer(formula, frame(weekly), reml=False, against="score ~ week + (1 | student)")
    own = command.json(
        "fit", "lmm", "--data", data, "--formula", formula, "--ml", "--against", "score ~ week + (1 | student)"
    )
    assert fit.to_json() == own
    formula = "correct ~ gender + (1 | student_id) + (1 | item_id)"
    fit = seedtest.glmer(formula, frame(answers))
    own = command.json("fit", "glmm", "--data", command.file(answers, "answers.csv"), "--formula", formula)
    assert fit.to_json() == own


def test_growth(weekly, frame, command):
    settings = {"chains": 2, "warmup": 200, "samples": 200, "seed": 9}
    fit = seedtest.growth(frame(weekly), target_score=1.0, horizon_weeks=4, keep_model=True, **settings)
    flags = [text for name, value in settings.items() for text in (f"--{name}", str(value))]
    own = command.json(
        "fit",
        "growth",
        "--data",
        command.file(weekly),
        "--target",
        "1.0",
        "--horizon-weeks",
        "4",
        "--keep-model",
        *flags,
    )
    assert fit.to_json() == own


def test_prophet(series, frame, command):
    fit = seedtest.Prophet(horizon=6).fit(frame(series))
    own = command.json("fit", "prophet", "--data", command.file(series), "--horizon", "6")
    assert fit.to_json() == own


@pytest.mark.parametrize("method", ["kmeans", "gaussian_mixture", "hierarchical"])
def test_cluster(method, features, frame, command):
    fit = seedtest.cluster(frame(features), method=method)
    assert fit.to_json() == command.json("fit", "cluster", "--data", command.file(features), "--method", method)


def test_rows_that_cannot_be_used_are_counted_alike(frame, command, answers):
    broken = {name: list(column) for name, column in answers.items()}
    broken["student_id"][0] = None
    broken["item_id"][1] = None
    broken["correct"][2] = None
    with pytest.warns(seedtest.DataWarning, match="rows not used"):
        fit = seedtest.IRT().fit(frame(broken))
    own = command.json("fit", "irt", "--data", command.file(broken))
    assert without_times(fit.to_json()) == without_times(own)
    assert fit.rows["rejected"]["missing_student"] == 1
