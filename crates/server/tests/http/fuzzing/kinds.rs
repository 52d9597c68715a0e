//! Every type of request that carries something.

/// One type of request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    pub(crate) path: &'static str,
    /// Whether what varies is the query of a GET; else the body of a POST.
    pub(crate) query: bool,
}

const fn post(name: &'static str, path: &'static str) -> Kind {
    Kind { name, path, query: false }
}

const fn get(name: &'static str, path: &'static str) -> Kind {
    Kind { name, path, query: true }
}

pub(crate) const KINDS: &[Kind] = &[
    post("irt_calibrate", "/irt/calibrate"),
    post("irt_score", "/irt/score"),
    post("growth_fit", "/growth/fit"),
    post("growth_predict", "/growth/predict"),
    post("survival_fit", "/survival/fit"),
    post("survival_predict", "/survival/predict"),
    post("survival_curves", "/survival/curves"),
    post("topic_theta", "/score/topic-theta"),
    post("improvement_index", "/improvement/index"),
    post("goal_attainment", "/goal/attainment"),
    post("next_topics", "/recommend/next-topics"),
    post("churn_risk", "/risk/churn"),
    post("report", "/report/generate"),
    post("event", "/v1/events"),
    post("run_job", "/v1/runs?job=compute-daily-kpis"),
    get("runs", "/v1/runs"),
    get("weekly", "/api/seedtest/analysis/metrics/weekly"),
    post("recompute", "/api/seedtest/analysis/metrics/recompute"),
    get("theta", "/api/seedtest/analysis/irt/theta"),
    post("update_theta", "/api/seedtest/analysis/irt/update-theta"),
    get("forecast", "/forecast/student"),
    post("improvement", "/api/seedtest/metrics/improvement"),
    post("efficiency", "/api/seedtest/metrics/efficiency"),
    post("recovery", "/api/seedtest/metrics/recovery"),
    post("engagement", "/api/seedtest/metrics/engagement"),
    post("dropout_risk", "/api/seedtest/metrics/dropout-risk"),
    post("topic_ability", "/api/seedtest/metrics/topic-ability"),
    get("topic_abilities", "/api/seedtest/metrics/topic-abilities"),
    get("comprehensive", "/api/seedtest/metrics/comprehensive"),
    get("weak_topics", "/api/seedtest/metrics/weak-topics"),
    post("weekly_recompute", "/api/seedtest/metrics/weekly/recompute"),
    get("exam_analysis", "/api/seedtest/exams/exam-1/analysis"),
];

impl Kind {
    pub(crate) fn named(name: &str) -> Self {
        let found = KINDS.iter().find(|kind| kind.name == name);
        *found.unwrap_or_else(|| panic!("no type of request is called {name}"))
    }
}
