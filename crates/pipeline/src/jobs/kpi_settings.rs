//! Settings that every job computing KPIs has.

use crate::registry::{Kind, Setting};

pub(crate) const TARGET: Setting = Setting {
    key: "target",
    flag: true,
    env: &["METRICS_DEFAULT_TARGET"],
    default: Some("0.0"),
    kind: Kind::Number,
    help: "Goal, on the ability or the score scale",
};

pub(crate) const TARGET_SCALE: Setting = Setting {
    key: "target-scale",
    flag: true,
    env: &["METRICS_TARGET_SCALE"],
    default: Some("auto"),
    kind: Kind::Choice(&["theta", "score", "auto"]),
    help: "Scale of the goal; auto: a score when beyond ±6",
};

pub(crate) const USE_BAYESIAN: Setting = Setting {
    key: "use-bayesian",
    flag: true,
    env: &["METRICS_USE_BAYESIAN"],
    default: Some("false"),
    kind: Kind::Switch,
    help: "P of an earlier week's growth model, up to 14 days old, before the Normal one",
};

pub(crate) const USE_IRT_THETA: Setting = Setting {
    key: "use-irt-theta",
    flag: true,
    env: &["METRICS_USE_IRT_THETA"],
    default: Some("false"),
    kind: Kind::Switch,
    help: "Improvement from abilities where two windows have one",
};

pub(crate) const CHURN_HORIZON_DAYS: Setting = Setting {
    key: "churn-horizon-days",
    flag: true,
    env: &["METRICS_CHURN_HORIZON_DAYS"],
    default: Some("14"),
    kind: Kind::Number,
    help: "Silence at which the churn heuristic is full",
};

pub(crate) const MAX_ROWS: Setting = Setting {
    key: "max-rows",
    flag: true,
    env: &["METRICS_MAX_ROWS"],
    default: Some("0"),
    kind: Kind::Count,
    help: "Only the newest N answers, 0 = all",
};

pub(crate) const SCORE_SLOPE: Setting = Setting {
    key: "score-slope",
    flag: false,
    env: &["ABILITY_TO_SCORE_A"],
    default: Some("50"),
    kind: Kind::Number,
    help: "Score per unit of ability",
};

pub(crate) const SCORE_INTERCEPT: Setting = Setting {
    key: "score-intercept",
    flag: false,
    env: &["ABILITY_TO_SCORE_B"],
    default: Some("100"),
    kind: Kind::Number,
    help: "Score at ability 0",
};
