//! Survival among the model families.

use seedtest_fault::FaultKind;
use seedtest_ingest::Table;
use seedtest_numerics::{Cost, Observer};
use seedtest_wire::{
    SurvivalCurvesRequest, SurvivalCurvesResponse, SurvivalFitRequest, SurvivalFitResponse,
    SurvivalNoop, SurvivalPredictRequest, SurvivalPredictResponse,
};
use serde_json::Value;

use super::cost::of_fit;
use super::curves::curves_of;
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

/// Time to an event.
#[derive(Debug)]
pub struct Survival;

/// Rows to fit, and those to predict besides.
#[derive(Debug)]
pub struct Data {
    rows: Table,
    newdata: Option<Table>,
}

/// What there is of it for those who do not know its types.
pub(crate) const ENTRY: FamilyEntry = FamilyEntry::of::<Survival>(
    "Churn",
    Route {
        path: "/survival/fit",
        operation: "survivalFit",
        summary: "Fit a survival model",
        description: "Cox regression and parametric families; the risk of the event by the horizon, \
             with the contribution of each covariate.",
        answer: "The fit, or `noop` where there is too little to fit.",
        examples: include_str!("fit.json"),
        refusals: &[FaultKind::Data, FaultKind::Deadline, FaultKind::NoObservations],
        shapes: Shapes::of::<SurvivalFitRequest, SurvivalFitResponse>().or::<SurvivalNoop>(),
    },
    &[PREDICT, CURVES],
);

const PREDICT: QuestionRoute = QuestionRoute {
    route: Route {
        path: "/survival/predict",
        operation: "survivalPredict",
        summary: "Predict survival",
        description: "Survival of rows at times, from a stored fit or from one made for the rows of \
             the request.",
        answer: "The prediction, or `noop` with too few rows to fit.",
        examples: include_str!("predict.json"),
        refusals: &[FaultKind::Data, FaultKind::Deadline, FaultKind::NoModel],
        shapes: Shapes::of::<SurvivalPredictRequest, SurvivalPredictResponse>()
            .or::<SurvivalNoop>(),
    },
    at_once: 0,
    read: read_predict,
};

const CURVES: QuestionRoute = QuestionRoute {
    route: Route {
        path: "/survival/curves",
        operation: "survivalCurves",
        summary: "Survival without covariates",
        description: "Kaplan–Meier by group, or Aalen–Johansen where ends compete; log-rank test.",
        answer: "The curves, or `noop` where there is nothing.",
        examples: include_str!("curves.json"),
        refusals: &[FaultKind::Data, FaultKind::Deadline],
        shapes: Shapes::of::<SurvivalCurvesRequest, SurvivalCurvesResponse>().or::<SurvivalNoop>(),
    },
    at_once: 0,
    read: read_curves,
};

fn read_predict(text: &str) -> Result<Question<'_>, Error> {
    let asks = |request: &SurvivalPredictRequest| Asks {
        about: request.rows.is_empty().then(|| StoredFit::of(request.run_id.as_deref())),
        max_seconds: request.max_seconds,
    };
    question(Survival::NAME, text, asks, predict)
}

fn read_curves(text: &str) -> Result<Question<'_>, Error> {
    question(
        Survival::NAME,
        text,
        |request: &SurvivalCurvesRequest| Asks { about: None, max_seconds: request.max_seconds },
        |request, _: Option<&()>, observer| curves_of(request, observer),
    )
}

impl ModelFamily for Survival {
    const NAME: &'static str = "survival";
    type Request<'a> = SurvivalFitRequest;
    type Spec = Spec;
    type Data = Data;
    type Fitted = Fitted;
    type TooLittle = SurvivalNoop;
    type Response = SurvivalFitResponse;
    type Stored = Stored;

    fn common(request: &SurvivalFitRequest) -> Common {
        Common {
            run_id_format: request.run_id_format.clone(),
            seed: request.seed.map(|seed| seed as i64),
            max_seconds: request.max_seconds,
            keep_model: request.keep_model == Some(true),
        }
    }

    fn spec(request: &SurvivalFitRequest) -> Result<Spec, Error> {
        Spec::of(request)
    }

    fn data(request: SurvivalFitRequest) -> Result<Data, Error> {
        let newdata = request.newdata.map(table_of).transpose()?;
        Ok(Data { rows: table_to_fit(request.rows)?, newdata })
    }

    fn n_rows(data: &Data) -> usize {
        data.rows.n_rows
    }

    fn cost(data: &Data, spec: &Spec) -> Result<Cost, Error> {
        of_fit(&data.rows, data.newdata.as_ref(), spec)
    }

    fn fit(data: &Data, spec: &Spec, observer: &mut dyn Observer) -> Result<FitOutcome, Error> {
        fit(&data.rows, data.newdata.as_ref(), spec, observer)
    }

    fn response(
        _: &Data,
        _: &Spec,
        fitted: &Fitted,
        run_id: &str,
    ) -> Result<SurvivalFitResponse, Error> {
        fitted.response(run_id)
    }

    fn stored(fitted: &Fitted, run_id: &str) -> Option<Stored> {
        Some(fitted.stored(run_id))
    }

    fn keep(response: &mut SurvivalFitResponse, stored: Value) {
        response.stored_model = Some(stored);
    }

    fn summary(spec: &Spec, fitted: &Fitted) -> Summary {
        Summary {
            input_digest: fitted.input_digest.clone(),
            verdict: fitted.verdict(),
            seed: Some(spec.seed as i64),
        }
    }
}
