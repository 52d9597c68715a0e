//! Growth among the model families.

use seedtest_fault::FaultKind;
use seedtest_ingest::Table;
use seedtest_numerics::{Cost, Observer};
use seedtest_wire::{
    GrowthDiagnosticsJson, GrowthFitRequest, GrowthFitResponse, GrowthNoop, GrowthPredictRequest,
    GrowthPredictResponse, Rows,
};
use serde_json::Value;

use super::cost::{of_fit, of_prediction};
use super::fit::{FitOutcome, Fitted, fit};
use super::predict::predict;
use super::spec::Spec;
use super::stored::Stored;
use crate::error::Error;
use crate::family::{Common, ModelFamily, Summary, admit};
use crate::rows::table_to_fit;
use crate::table::{
    Asks, FamilyEntry, Question, QuestionRoute, Route, Shapes, StoredFit, question,
};

/// Growth over weeks.
#[derive(Debug)]
pub struct Growth;

/// What there is of it for those who do not know its types.
pub(crate) const ENTRY: FamilyEntry = FamilyEntry::of::<Growth>(
    "Growth",
    Route {
        path: "/growth/fit",
        operation: "growthFit",
        summary: "Fit growth",
        description: "Scores over weeks with an intercept and a slope for each student, by MCMC; the \
             probability to reach the target at the horizon, with its interval.",
        answer: "The fit, or `noop` where there is too little to fit.",
        examples: include_str!("fit.json"),
        refusals: &[FaultKind::Data, FaultKind::Deadline, FaultKind::NoObservations],
        shapes: Shapes::of::<GrowthFitRequest, GrowthFitResponse>().or::<GrowthNoop>(),
    },
    &[QuestionRoute {
        route: Route {
            path: "/growth/predict",
            operation: "growthPredict",
            summary: "Probability to reach a score",
            description: "From a mean and a standard deviation, from what is known of one student, \
                 or from rows and a stored fit.",
            answer: "The prediction.",
            examples: include_str!("predict.json"),
            refusals: &[FaultKind::Data, FaultKind::Deadline, FaultKind::NoModel],
            shapes: Shapes::of::<GrowthPredictRequest, GrowthPredictResponse>(),
        },
        at_once: 0,
        read: read_predict,
    }],
);

fn read_predict(text: &str) -> Result<Question<'_>, Error> {
    let asks = |request: &GrowthPredictRequest| Asks {
        about: Some(StoredFit::of(request.run_id.as_deref())),
        max_seconds: request.max_seconds,
    };
    question(Growth::NAME, text, asks, |request, stored: Option<&Stored>, observer| {
        let rows = request.rows.as_ref().map_or(0, Rows::len);
        let draws = stored.map_or(0, |model| model.draws.len());
        admit(observer, || Ok(of_prediction(rows, draws)))?;
        predict(request, stored, &observer.interrupt())
    })
}

impl ModelFamily for Growth {
    const NAME: &'static str = "growth";
    type Request<'a> = GrowthFitRequest;
    type Spec = Spec;
    type Data = Table;
    type Fitted = Fitted;
    type TooLittle = GrowthNoop;
    type Response = GrowthFitResponse;
    type Stored = Stored;

    fn common(request: &GrowthFitRequest) -> Common {
        Common {
            run_id_format: request.run_id_format.clone(),
            seed: request.seed.map(|seed| seed as i64),
            max_seconds: request.max_seconds,
            keep_model: request.keep_model == Some(true),
        }
    }

    fn spec(request: &GrowthFitRequest) -> Result<Spec, Error> {
        Spec::of(request)
    }

    fn data(request: GrowthFitRequest) -> Result<Table, Error> {
        table_to_fit(request.rows)
    }

    fn n_rows(table: &Table) -> usize {
        table.n_rows
    }

    fn cost(table: &Table, spec: &Spec) -> Result<Cost, Error> {
        Ok(of_fit(table, spec))
    }

    fn fit(table: &Table, spec: &Spec, observer: &mut dyn Observer) -> Result<FitOutcome, Error> {
        fit(table, spec, observer)
    }

    fn response(
        _: &Table,
        _: &Spec,
        fitted: &Fitted,
        run_id: &str,
    ) -> Result<GrowthFitResponse, Error> {
        Ok(fitted.response(run_id))
    }

    fn stored(fitted: &Fitted, run_id: &str) -> Option<Stored> {
        Some(Stored::of(fitted, run_id))
    }

    fn keep(response: &mut GrowthFitResponse, stored: Value) {
        response.stored_model = Some(stored);
    }

    fn summary(_: &Spec, fitted: &Fitted) -> Summary {
        Summary {
            input_digest: fitted.input_digest.clone(),
            verdict: fitted.verdict(),
            seed: i64::try_from(fitted.spec.model.sampling.seed).ok(),
        }
    }

    fn chains(fitted: &Fitted) -> Option<GrowthDiagnosticsJson> {
        Some(fitted.diagnostics())
    }
}
