//! A family that exists in this test only: what a seventh one has to say, and what it gets for that.
//!
//! It estimates the mean of a column. `docs/decisions/0013` lists what else a real one touches.

use schemars::JsonSchema;
use seedtest_fault::FaultKind;
use seedtest_ingest::{Table, TableColumn};
use seedtest_numerics::{Cost, Observer, Silent, Status, Verdict};
use seedtest_wire::Noop;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::error::Error;
use crate::family::{Answer, Common, ModelFamily, Outcome, Summary};
use crate::table::{
    Asks, FamilyEntry, Question, QuestionRoute, Route, Shapes, StoredFit, question,
};

struct Mean;

#[derive(Deserialize, JsonSchema)]
struct MeanRequest {
    scores: Vec<f64>,
    trim: Option<f64>,
    #[serde(default)]
    keep_model: bool,
}

#[derive(Debug, PartialEq)]
struct Spec {
    trim: f64,
}

struct Fitted {
    mean: f64,
}

#[derive(Serialize, JsonSchema)]
struct MeanResponse {
    status: &'static str,
    run_id: String,
    mean: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    stored_model: Option<Value>,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    mean: f64,
}

#[derive(Deserialize, JsonSchema)]
struct BeyondRequest {
    score: f64,
}

#[derive(Serialize, JsonSchema)]
struct BeyondResponse {
    beyond: bool,
}

impl ModelFamily for Mean {
    const NAME: &'static str = "mean";
    type Request<'a> = MeanRequest;
    type Spec = Spec;
    type Data = Table;
    type Fitted = Fitted;
    type TooLittle = Noop;
    type Response = MeanResponse;
    type Stored = Stored;

    fn common(request: &MeanRequest) -> Common {
        Common { keep_model: request.keep_model, ..Common::default() }
    }

    fn spec(request: &MeanRequest) -> Result<Spec, Error> {
        let trim = request.trim.unwrap_or(0.0);
        let expected = "a share below one half";
        let error = || Error::option("trim", &trim, expected);
        (0.0..0.5).contains(&trim).then_some(Spec { trim }).ok_or_else(error)
    }

    fn data(request: MeanRequest) -> Result<Table, Error> {
        let n_rows = request.scores.len();
        Ok(Table { columns: vec![("score".into(), TableColumn::Numeric(request.scores))], n_rows })
    }

    fn n_rows(table: &Table) -> usize {
        table.n_rows
    }

    fn cost(data: &Table, _: &Spec) -> Result<Cost, Error> {
        Ok(Cost::new().and("scores", &[("rows", data.n_rows as f64)], 8.0))
    }

    fn fit(
        table: &Table,
        spec: &Spec,
        _: &mut dyn Observer,
    ) -> Result<Outcome<Fitted, Noop>, Error> {
        let Some(TableColumn::Numeric(scores)) = table.column("score") else {
            return Err(Error::UnknownColumn { name: "score".into() });
        };
        let mut sorted = scores.clone();
        sorted.sort_by(f64::total_cmp);
        let cut = (spec.trim * sorted.len() as f64) as usize;
        let kept = &sorted[cut..sorted.len() - cut];
        if kept.is_empty() {
            return Ok(Outcome::TooLittle(Noop::new("no scores")));
        }
        let mean = kept.iter().sum::<f64>() / kept.len() as f64;
        Ok(Outcome::Fitted(Box::new(Fitted { mean })))
    }

    fn response(_: &Table, _: &Spec, fitted: &Fitted, run_id: &str) -> Result<MeanResponse, Error> {
        let (status, run_id) = ("success", run_id.to_owned());
        Ok(MeanResponse { status, run_id, mean: fitted.mean, stored_model: None })
    }

    fn stored(fitted: &Fitted, _: &str) -> Option<Stored> {
        Some(Stored { mean: fitted.mean })
    }

    fn keep(response: &mut MeanResponse, stored: Value) {
        response.stored_model = Some(stored);
    }

    fn summary(_: &Spec, fitted: &Fitted) -> Summary {
        let verdict = Verdict {
            status: Status::Converged,
            iterations: 1,
            objective: 0.0,
            max_gradient: None,
            condition_number: None,
            next_action: None,
        };
        Summary { input_digest: fitted.mean.to_string(), verdict, seed: None }
    }
}

const ENTRY: FamilyEntry = FamilyEntry::of::<Mean>(
    "Means",
    Route {
        path: "/mean/fit",
        operation: "meanFit",
        summary: "Fit a mean",
        description: "The mean of scores.",
        answer: "The mean.",
        examples: "{}",
        refusals: &[FaultKind::Data],
        shapes: Shapes::of::<MeanRequest, MeanResponse>().or::<Noop>(),
    },
    &[QuestionRoute {
        route: Route {
            path: "/mean/predict",
            operation: "meanPredict",
            summary: "Beyond the mean",
            description: "Whether a score lies beyond the mean.",
            answer: "Whether it does.",
            examples: "{}",
            refusals: &[FaultKind::NoModel],
            shapes: Shapes::of::<BeyondRequest, BeyondResponse>(),
        },
        at_once: 0,
        read: read_predict,
    }],
);

fn read_predict(text: &str) -> Result<Question<'_>, Error> {
    let about = Some(StoredFit::of(Some("latest")));
    let asks = |_: &BeyondRequest| Asks { about, max_seconds: None };
    question(Mean::NAME, text, asks, |request, stored: Option<&Stored>, _| {
        let hint = "fit one first";
        let stored = stored.ok_or(Error::NoStoredModel { family: "mean", hint })?;
        Ok(BeyondResponse { beyond: request.score > stored.mean })
    })
}

fn fitted(request: &Value, run_id: &str) -> Answer {
    let text = request.to_string();
    ENTRY.read(&text).unwrap().fit(run_id, &mut Silent).unwrap()
}

#[test]
fn the_response_carries_the_run_and_its_digest_does_not() {
    let request = json!({"scores": [1.0, 2.0, 6.0], "keep_model": true});
    let (one, other) = (fitted(&request, "run-\"1\""), fitted(&request, "run-2"));
    let Answer::Fitted { json, record, stored, .. } = &one else { panic!("not fitted") };
    let response: Value = serde_json::from_slice(json).unwrap();
    let stored_model = json!({"mean": 3.0});
    let expected = json!({"status": "success", "run_id": "run-\"1\"", "mean": 3.0,
                          "stored_model": stored_model});
    assert_eq!(response, expected);
    assert_eq!(stored.as_ref().unwrap().get(), r#"{"mean":3.0}"#);
    assert_eq!(Some(record), other.record());
    assert_eq!(ENTRY.repeat(&request.to_string()).as_ref(), Ok(record));
    let nameless: &[u8] = br#"{"status":"success","run_id":"","mean":3.0}"#;
    assert_eq!(record.result_digest, seedtest_digest::sha256_hex(&[nameless]));
}

#[test]
fn a_request_over_the_size_for_two_threads_says_the_same() {
    let scores: Vec<f64> = (0..1_000).map(f64::from).collect();
    let answer = fitted(&json!({"scores": scores}), "run");
    let Answer::Fitted { json, record, .. } = &answer else { panic!("not fitted") };
    assert_eq!(serde_json::from_slice::<Value>(json).unwrap()["mean"], 499.5);
    assert_eq!(record.input_digest, "499.5");
}

#[test]
fn too_little_and_what_is_wrong_are_told_apart() {
    let none = json!({"scores": []});
    let Answer::TooLittle { json } = fitted(&none, "run") else { panic!("fitted") };
    assert_eq!(serde_json::from_slice::<Value>(&json).unwrap()["reason"], "no scores");
    assert!(ENTRY.repeat(&none.to_string()).unwrap_err().contains("too little"));
    let kind = |text: &str| {
        let fitted = ENTRY.read(text).and_then(|request| request.fit("", &mut Silent));
        fitted.unwrap_err().kind()
    };
    assert_eq!(kind("{"), FaultKind::Malformed);
    assert_eq!(kind(r#"{"scores":[1],"trim":0.7}"#), FaultKind::Setting);
}

#[test]
fn questions_are_asked_of_a_stored_fit() {
    let ask = |stored: Option<Value>| {
        let read = ENTRY.questions[0].read;
        let question = read(r#"{"score":4}"#).unwrap();
        assert_eq!(question.about, Some(StoredFit::default()));
        question.answer(stored, &mut Silent)
    };
    assert_eq!(ask(Some(json!({"mean": 3.0}))).unwrap(), br#"{"beyond":true}"#);
    assert_eq!(ask(None).unwrap_err().kind(), FaultKind::NoModel);
}
