//! `POST /irt/score`: the response, also of `seedtest score --json`.

use std::collections::HashMap;

use schemars::JsonSchema;
use seedtest_irt::polytomous;
use seedtest_irt::{ScoreMethod, Scores, Unbounded, UnscoredStudent};
use serde::{Deserialize, Serialize};

use crate::rows_read::RowsReadJson;

/// Abilities from given item parameters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ScoreResponse {
    /// `"success"`.
    #[schemars(extend("const" = "success"))]
    pub status: String,
    /// `true`.
    pub ok: bool,
    /// Ability when there is one student, else null.
    pub theta: Option<f64>,
    /// Its standard error.
    pub standard_error: Option<f64>,
    /// Its standard error, by its other name.
    pub se: Option<f64>,
    /// Answers used, of all students.
    pub n: u32,
    /// The estimator.
    pub method: ScoreMethod,
    /// The prior of the abilities; missing for ML and WLE, which have none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub population: Option<PopulationJson>,
    /// Every student.
    pub scores: Vec<ScoreJson>,
    /// The same in the order of the lines, where answers came as lines.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub abilities: Vec<LineScoreJson>,
    /// What became of the rows: every one was used, or is counted by the reason why not.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub rows: Option<RowsReadJson>,
    /// What a reader should know before using the numbers.
    pub warnings: Vec<String>,
    /// Draws from each student's posterior, where they were asked for.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub plausible_values: Vec<PlausibleJson>,
}

/// The ability distribution that served as prior.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PopulationJson {
    /// Where it comes from: `given` with the request, `fit` = that of the calibration the item parameters
    /// came with, `group` = of the calibration, for every student that of the own group, `default` =
    /// N(0, 1) because nothing else is known.
    pub source: PopulationSource,
    /// Mean; with groups, of the reference group, and of students whose group is not known.
    pub mean: f64,
    /// Standard deviation; with groups as the mean.
    pub sd: f64,
    /// Mean and standard deviation of every group.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub groups: Vec<GroupPopulationJson>,
}

/// Where a prior comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PopulationSource {
    /// The caller gave it.
    Given,
    /// It is that of the calibration.
    Fit,
    /// It is that of the student's group in the calibration.
    Group,
    /// N(0, 1): nothing else is known.
    Default,
}

/// Prior of one group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GroupPopulationJson {
    /// Name of the group.
    pub group: String,
    /// Mean.
    pub mean: f64,
    /// Standard deviation.
    pub sd: f64,
}

/// Plausible values of one student.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PlausibleJson {
    /// Student id.
    pub user_id: String,
    /// The draws.
    pub values: Vec<f64>,
}

/// Ability of one student.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ScoreJson {
    /// Student id.
    pub user_id: String,
    /// Ability; null with a `reason` when there is none.
    pub theta: Option<f64>,
    /// Standard error.
    pub se: Option<f64>,
    /// Answers used.
    pub n: u32,
    /// Sum of the scores of these answers, where items have several categories.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub sum: Option<u32>,
    /// Why there is no ability.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
}

/// Ability of the student of a line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LineScoreJson {
    /// Ability; null where there is none, `scores` says why.
    pub theta: Option<f64>,
    /// Standard error.
    pub se: Option<f64>,
}

impl ScoreResponse {
    /// With the abilities of the students of lines, whose ids are their numbers from 1.
    #[must_use]
    pub fn with_lines(mut self, n: usize) -> Self {
        let of_id: HashMap<&str, &ScoreJson> =
            self.scores.iter().map(|row| (row.user_id.as_str(), row)).collect();
        let line = |number: usize| {
            let row = of_id.get(number.to_string().as_str());
            LineScoreJson { theta: row.and_then(|row| row.theta), se: row.and_then(|row| row.se) }
        };
        self.abilities = (1..=n).map(line).collect();
        self
    }

    /// The response for `scores`; `students` are the ids by code.
    pub fn new(
        scores: &Scores,
        students: &[Box<str>],
        method: ScoreMethod,
        population: Option<PopulationJson>,
        warnings: Vec<String>,
    ) -> Self {
        let scored = scores.scores.iter().map(|score| {
            let known = (score.theta, score.se);
            row(&students[score.student as usize], known, score.n, score.unbounded)
        });
        let rows = scored.chain(unscored(&scores.unscored, students)).collect();
        Self::of_rows(rows, method, population, warnings)
    }

    /// The same of scored answers.
    pub fn of_categories(
        scores: &polytomous::Scores,
        students: &[Box<str>],
        method: ScoreMethod,
        population: Option<PopulationJson>,
        warnings: Vec<String>,
    ) -> Self {
        let scored = scores.scores.iter().map(|score| {
            let known = (score.theta, score.se);
            let row = row(&students[score.student as usize], known, score.n, score.unbounded);
            ScoreJson { sum: Some(score.sum), ..row }
        });
        let rows = scored.chain(unscored(&scores.unscored, students)).collect();
        Self::of_rows(rows, method, population, warnings)
    }

    fn of_rows(
        mut rows: Vec<ScoreJson>,
        method: ScoreMethod,
        population: Option<PopulationJson>,
        warnings: Vec<String>,
    ) -> Self {
        rows.sort_by(|x, y| x.user_id.cmp(&y.user_id));
        let only = <&[ScoreJson; 1]>::try_from(rows.as_slice()).ok().map(|[row]| row.clone());
        Self {
            status: "success".to_string(),
            ok: true,
            theta: only.as_ref().and_then(|row| row.theta),
            standard_error: only.as_ref().and_then(|row| row.se),
            se: only.as_ref().and_then(|row| row.se),
            n: rows.iter().map(|row| row.n).sum(),
            method,
            population,
            scores: rows,
            abilities: Vec::new(),
            rows: None,
            warnings,
            plausible_values: Vec::new(),
        }
    }
}

fn row(
    user_id: &str,
    (theta, se): (Option<f64>, Option<f64>),
    n: u32,
    unbounded: Option<Unbounded>,
) -> ScoreJson {
    let reason = unbounded.map(|unbounded| match unbounded {
        Unbounded::Above => "unbounded_above".to_string(),
        Unbounded::Below => "unbounded_below".to_string(),
    });
    ScoreJson { user_id: user_id.to_string(), theta, se, n, sum: None, reason }
}

fn unscored<'a>(
    unscored: &'a [UnscoredStudent],
    students: &'a [Box<str>],
) -> impl Iterator<Item = ScoreJson> + 'a {
    unscored.iter().map(|of| ScoreJson {
        user_id: students[of.student as usize].to_string(),
        theta: None,
        se: None,
        n: 0,
        sum: None,
        reason: Some(crate::code(of.reason)),
    })
}
