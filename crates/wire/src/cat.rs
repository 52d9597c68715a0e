//! Adaptive tests: `POST /cat/next`, `/cat/sessions` and `seedtest cat simulate`. Names in camel case are those of 1EdTech's
//! Computer Adaptive Testing 1.0.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use seedtest_irt::cat::{Bin, Stop};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How an adaptive test goes; every field has a default.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct CatSettingsJson {
    /// `maximum_information` (default), `kullback_leibler` or `minimum_expected_posterior_variance`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// How the ability is estimated: `EAP` (default), `MAP`, `ML` or `WLE`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Mean of the ability before the first answer. Default 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prior_mean: Option<f64>,
    /// Its standard deviation. Default 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prior_sd: Option<f64>,
    /// Fewest items. Default 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_items: Option<u32>,
    /// Most items. Default 30.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_items: Option<u32>,
    /// The test ends when the standard error is at most this; 0 = it plays no part. Default 0.3, where no
    /// `classification` is given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub se: Option<f64>,
    /// The test ends when it is clear on which side of a cut the ability is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub classification: Option<CatClassificationJson>,
    /// What keeps good items from being given to everybody: `none` (default), `randomesque` or `sympson_hetter`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exposure_control: Option<String>,
    /// From how many of the best items `randomesque` draws. Default 5.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub randomesque: Option<u32>,
    /// Content areas with bounds and shares, by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub areas: BTreeMap<String, CatAreaJson>,
    /// Seed of exposure control. Default 42.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
}

/// A decision between two sides.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CatClassificationJson {
    /// The ability that divides them.
    pub cut: f64,
    /// Posterior probability of a side from which on it is clear. Default 0.95.
    #[serde(default = "CatClassificationJson::level")]
    pub level: f64,
}

impl CatClassificationJson {
    fn level() -> f64 {
        0.95
    }
}

/// Bounds and share of a content area.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct CatAreaJson {
    /// Fewest items.
    pub min: u32,
    /// Most items.
    pub max: Option<u32>,
    /// Share of the test that is aimed at, 0 to 1.
    pub share: Option<f64>,
}

/// Request of `POST /cat/next`: a bank, what was answered so far, and how the test goes.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct CatNextRequest {
    /// The bank: items as `POST /irt/score` takes them, or a whole calibration. An item may say its `area`, its
    /// `enemies` (items that must not be in one test with it) and its `exposure` (the parameter of Sympson and Hetter).
    #[serde(alias = "items")]
    #[schemars(extend("x-aliases" = ["items"]), schema_with = "bank_schema")]
    pub item_params: Option<Value>,
    /// Items that were given, in their order, with their answers.
    #[serde(alias = "responses")]
    #[schemars(extend("x-aliases" = ["responses"]))]
    pub history: Vec<CatAnswerJson>,
    /// Items that exposure control has set aside before, from `set_aside` of the answers.
    pub set_aside: Vec<String>,
    /// How the test goes.
    pub settings: CatSettingsJson,
    /// Whose test it is: with another one exposure control draws anew. Default 0.
    pub test: Option<u64>,
    /// Most seconds.
    #[schemars(range(min = 0.1))]
    pub max_seconds: Option<f64>,
}

fn bank_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({
        "anyOf": [
            {"type": "object", "additionalProperties": true},
            {"type": "array", "items": {"type": "object", "additionalProperties": true}},
        ],
    })
}

/// An item that was given.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CatAnswerJson {
    /// Item id.
    pub item_id: String,
    /// Score of the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<u8>,
    /// Right or wrong, where the item has two categories. Without it and a score the item was not answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_correct: Option<bool>,
}

/// The next item of a test, or why it ends.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CatNextResponse {
    /// `"success"`.
    #[schemars(extend("const" = "success"))]
    pub status: String,
    /// `true`.
    pub ok: bool,
    /// The stored session, where there is one.
    #[serde(rename = "sessionIdentifier", skip_serializing_if = "Option::is_none", default)]
    pub session_identifier: Option<String>,
    /// What to give next; null when the test has ended.
    #[serde(rename = "nextItems")]
    pub next_items: Option<NextItemsJson>,
    /// Ability after the answers so far.
    pub theta: f64,
    /// Its standard error; null with `se_reason`.
    pub se: Option<f64>,
    /// Why there is none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub se_reason: Option<String>,
    /// Items given.
    pub n: usize,
    /// Fisher information of the items given, at the ability.
    pub information: f64,
    /// Why this item; null when the test has ended.
    pub pick: Option<CatPickJson>,
    /// Why the test ends; null while it goes on.
    pub stop: Option<CatStopJson>,
    /// Where every content area stands.
    pub constraints: Vec<CatConstraintJson>,
    /// Constraints that could not be held, in sentences: what was given is the nearest to them.
    pub relaxed: Vec<String>,
    /// What a reader should know before using the numbers.
    pub warnings: Vec<String>,
}

/// What to give next.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NextItemsJson {
    /// Ids of the items.
    #[serde(rename = "itemIdentifiers")]
    pub item_identifiers: Vec<String>,
    /// How many of them to give before the next question: one.
    #[serde(rename = "stageLength")]
    pub stage_length: u32,
}

/// Why this item.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CatPickJson {
    /// The reason in a sentence.
    pub text: String,
    /// Rule that it is the best one by.
    pub rule: String,
    /// Its value under the rule.
    pub value: Option<f64>,
    /// Its place among the items that could have been given, from 1.
    pub rank: u32,
    /// How many there were.
    pub n_eligible: u32,
    /// The best of the others.
    pub runner_up: Option<CatRunnerUpJson>,
    /// What decided: `best`, `drawn`, `better_set_aside` or `all_set_aside`.
    pub why: String,
    /// Content area that had to come next, if one had to.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub area: Option<String>,
    /// All items that exposure control has set aside so far; send them with the next question.
    pub set_aside: Vec<String>,
}

/// The best of the others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CatRunnerUpJson {
    /// Item id.
    pub item_id: String,
    /// Its value under the rule.
    pub value: Option<f64>,
}

/// Why the test ends.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CatStopJson {
    /// The reason in a sentence.
    pub text: String,
    /// The rule with its numbers.
    #[serde(flatten)]
    #[schemars(with = "serde_json::Map<String, serde_json::Value>")]
    pub of: Stop,
}

/// Where a content area stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CatConstraintJson {
    /// Name of the area.
    pub area: String,
    /// Items given.
    pub given: u32,
    /// Fewest items.
    pub min: u32,
    /// Most items.
    pub max: Option<u32>,
    /// Share of the test that is aimed at.
    pub share: Option<f64>,
    /// Items that could still be given.
    pub left: u32,
    /// Whether its bounds hold if the test ended now.
    pub met: bool,
    /// Whether its bounds can still be held.
    pub feasible: bool,
}

/// The JSON of `seedtest cat simulate`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CatSimulationResponse {
    /// `"success"`.
    #[schemars(extend("const" = "success"))]
    pub status: String,
    /// `true`.
    pub ok: bool,
    /// Simulated tests.
    pub n: u32,
    /// Items of the bank.
    pub n_items: usize,
    /// How the tests went.
    pub settings: CatSettingsJson,
    /// All students.
    #[schemars(with = "serde_json::Map<String, serde_json::Value>")]
    pub all: Bin,
    /// Students by true ability.
    #[schemars(with = "Vec<serde_json::Map<String, serde_json::Value>>")]
    pub by_ability: Vec<Bin>,
    /// Every item with the share of the tests it was in.
    pub exposure: Vec<CatExposureJson>,
    /// Largest of these shares.
    pub largest_exposure: f64,
    /// Items that nobody was given.
    pub never_given: usize,
    /// Mean share of the items that two tests have in common; null with fewer than two tests.
    pub overlap: Option<f64>,
    /// Tests by why they ended.
    pub stopped: BTreeMap<String, u32>,
    /// Share of the tests in which every content constraint held.
    pub constraints_met: f64,
    /// How the exposure parameters were found, where they were looked for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub sympson_hetter: Option<CatSympsonHetterJson>,
    /// What a reader should know before using the numbers.
    pub warnings: Vec<String>,
}

/// How often an item was given.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CatExposureJson {
    /// Item id.
    pub item_id: String,
    /// Share of the tests it was given in.
    pub rate: f64,
    /// Its exposure parameter: the bank's, or the one that was found.
    pub parameter: f64,
}

/// How exposure parameters were found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CatSympsonHetterJson {
    /// Largest share of the tests that an item may be in.
    pub target: f64,
    /// Rounds of simulation.
    pub rounds: u32,
    /// Largest share in the last round.
    pub largest: f64,
    /// Whether no item was in more than the target in the last round, but for 0.02 or three standard errors of such a
    /// share.
    pub settled: bool,
}

/// Request of `POST /cat/sessions`.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct CatSessionRequest {
    /// Whose test it is.
    pub user_id: Option<String>,
    /// The bank, as in `POST /cat/next`. Default: the newest stored parameters of every item, with the topic of its
    /// question as its area.
    #[serde(alias = "items")]
    #[schemars(extend("x-aliases" = ["items"]), schema_with = "bank_schema")]
    pub item_params: Option<Value>,
    /// Answers to items of the bank from before: they count as given.
    #[serde(rename = "priorData", alias = "history")]
    #[schemars(extend("x-aliases" = ["history"]))]
    pub prior_data: Vec<CatAnswerJson>,
    /// How the test goes.
    pub settings: CatSettingsJson,
}

/// Request of `POST /cat/sessions/{session_id}/results`: the answer to the item that was given.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
pub struct CatResultRequest {
    /// The item that was given.
    pub item_id: String,
    /// Score of the answer.
    #[serde(default)]
    pub score: Option<u8>,
    /// Right or wrong. Without it and a score the item was not answered.
    #[serde(default)]
    pub is_correct: Option<bool>,
}

/// A stored session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CatSessionResponse {
    /// `"success"`.
    #[schemars(extend("const" = "success"))]
    pub status: String,
    /// `true`.
    pub ok: bool,
    /// The session.
    #[serde(rename = "sessionIdentifier")]
    pub session_identifier: String,
    /// Whose test it is.
    pub user_id: Option<String>,
    /// `open` or `ended`.
    pub state: String,
    /// When it began, RFC 3339.
    pub created_at: String,
    /// When it was last answered.
    pub updated_at: String,
    /// Items that were given, in their order, with their answers.
    pub history: Vec<CatAnswerJson>,
    /// What came last: the item that waits for its answer, or why the test ended.
    pub last: CatNextResponse,
    /// How the test goes.
    pub settings: CatSettingsJson,
}
