//! Forecasts among the model families.

use seedtest_fault::FaultKind;
use seedtest_ingest::Table;
use seedtest_numerics::{Cost, Observer};
use seedtest_wire::{
    ProphetFitRequest, ProphetFitResponse, ProphetNoop, ProphetPredictRequest,
    ProphetPredictResponse,
};
use serde_json::Value;

use super::cost::of_fit;
use super::fit::{FitOutcome, Fitted, fit};
use super::predict::predict;
use super::spec::Spec;
use super::stored::Stored;
use crate::error::Error;
use crate::family::{Common, ModelFamily, Summary};
use crate::rows::{table_of, table_to_fit};
use crate::table::{
    Asks, FamilyEntry, Question, QuestionRoute, Route, Shapes, StoredFit, question,
};

/// Forecasts of time series.
#[derive(Debug)]
pub struct Prophet;

/// The observations, and the rows to forecast where they are not just the next ones.
#[derive(Debug)]
pub struct Data {
    rows: Table,
    future: Option<Table>,
}

/// What there is of it for those who do not know its types.
pub(crate) const ENTRY: FamilyEntry = FamilyEntry::of::<Prophet>(
    "Forecasts",
    Route {
        path: "/prophet/fit",
        operation: "prophetFit",
        summary: "Forecast a series",
        description: "Prophet's model beside simpler ones; the one that was closest on points it had not \
             seen is published, with intervals and the observations that do not go with the rest.",
        answer: "The forecast, or `noop` where there are fewer than four points.",
        examples: include_str!("fit.json"),
        refusals: &[FaultKind::Data, FaultKind::Deadline, FaultKind::NoObservations],
        shapes: Shapes::of::<ProphetFitRequest, ProphetFitResponse>().or::<ProphetNoop>(),
    },
    &[QuestionRoute {
        route: Route {
            path: "/prophet/predict",
            operation: "prophetPredict",
            summary: "Points to come",
            description: "Of a series, or of the series of a stored fit with the model that was \
                 published for it.",
            answer: "The points, or `noop` where there are fewer than four to start from.",
            examples: include_str!("predict.json"),
            refusals: &[FaultKind::Data, FaultKind::Deadline, FaultKind::NoModel],
            shapes: Shapes::of::<ProphetPredictRequest, ProphetPredictResponse>()
                .or::<ProphetNoop>(),
        },
        at_once: 0,
        read: read_predict,
    }],
);

fn read_predict(text: &str) -> Result<Question<'_>, Error> {
    let asks = |request: &ProphetPredictRequest| Asks {
        about: request.rows.is_empty().then(|| StoredFit::of(request.run_id.as_deref())),
        max_seconds: request.max_seconds,
    };
    question(Prophet::NAME, text, asks, predict)
}

impl ModelFamily for Prophet {
    const NAME: &'static str = "prophet";
    type Request<'a> = ProphetFitRequest;
    type Spec = Spec;
    type Data = Data;
    type Fitted = Fitted;
    type TooLittle = ProphetNoop;
    type Response = ProphetFitResponse;
    type Stored = Stored;

    fn common(request: &ProphetFitRequest) -> Common {
        Common {
            run_id_format: request.run_id_format.clone(),
            seed: request.all_options().seed.map(|seed| seed as i64),
            max_seconds: request.max_seconds,
            keep_model: request.keep_model == Some(true),
        }
    }

    fn spec(request: &ProphetFitRequest) -> Result<Spec, Error> {
        Spec::of(request)
    }

    fn data(request: ProphetFitRequest) -> Result<Data, Error> {
        let future = request.future.map(table_of).transpose()?;
        Ok(Data { rows: table_to_fit(request.rows)?, future })
    }

    fn n_rows(data: &Data) -> usize {
        data.rows.n_rows
    }

    fn cost(data: &Data, spec: &Spec) -> Result<Cost, Error> {
        Ok(of_fit(&data.rows, data.future.as_ref(), spec))
    }

    fn fit(data: &Data, spec: &Spec, observer: &mut dyn Observer) -> Result<FitOutcome, Error> {
        fit(&data.rows, data.future.as_ref(), spec, observer)
    }

    fn response(
        _: &Data,
        _: &Spec,
        fitted: &Fitted,
        run_id: &str,
    ) -> Result<ProphetFitResponse, Error> {
        Ok(fitted.response(run_id))
    }

    fn stored(fitted: &Fitted, run_id: &str) -> Option<Stored> {
        Some(Stored::of(fitted, run_id))
    }

    fn keep(response: &mut ProphetFitResponse, stored: Value) {
        response.stored_model = Some(stored);
    }

    fn summary(spec: &Spec, fitted: &Fitted) -> Summary {
        Summary {
            input_digest: fitted.input_digest.clone(),
            verdict: fitted.verdict(),
            seed: i64::try_from(spec.plan.prophet.seed).ok(),
        }
    }
}
