//! Mixed models among the model families.

use std::fmt::Debug;
use std::marker::PhantomData;

use seedtest_fault::FaultKind;
use seedtest_ingest::Table;
use seedtest_numerics::{Cost, Observer};
use seedtest_wire::{
    MixedFitRequest, MixedFitResponse, MixedPredictRequest, MixedPredictResponse, Noop,
};
use serde_json::Value;

use super::cost::of_fit;
use super::fit::{Fitted, fit};
use super::predict::predict;
use super::spec::{Defaults, Intervals, Spec};
use super::stored::Stored;
use crate::error::Error;
use crate::family::{Common, ModelFamily, Outcome, Summary, Within};
use crate::rows::{table_of, table_to_fit};
use crate::table::{Asks, Question, Route, Shapes, StoredFit, question};

/// One of the families of mixed models: its name and its defaults.
pub trait Kind: Debug + 'static {
    /// Name in routes, runs, the ledger and on the command line.
    const NAME: &'static str;
    /// What a request that says nothing means.
    const DEFAULTS: Defaults;
}

/// The family of a kind.
#[derive(Debug)]
pub struct Mixed<K>(PhantomData<K>);

/// Rows to fit, and those to predict besides.
#[derive(Debug)]
pub struct Data {
    rows: Table,
    newdata: Option<Table>,
}

impl<K: Kind> ModelFamily for Mixed<K> {
    const NAME: &'static str = K::NAME;
    type Request<'a> = MixedFitRequest;
    type Spec = Spec;
    type Data = Data;
    type Fitted = Fitted;
    type TooLittle = Noop;
    type Response = MixedFitResponse;
    type Stored = Stored;

    fn common(request: &MixedFitRequest) -> Common {
        Common {
            run_id_format: request.run_id_format.clone(),
            seed: request.seed.map(|seed| seed as i64),
            max_seconds: request.max_seconds,
            keep_model: request.keep_model.unwrap_or(K::DEFAULTS.keep_model),
        }
    }

    fn spec(request: &MixedFitRequest) -> Result<Spec, Error> {
        Spec::of(request, K::DEFAULTS)
    }

    fn data(request: MixedFitRequest) -> Result<Data, Error> {
        let newdata = request.newdata.map(table_of).transpose()?;
        Ok(Data { rows: table_to_fit(request.rows)?, newdata })
    }

    fn n_rows(data: &Data) -> usize {
        data.rows.n_rows
    }

    fn cost(data: &Data, spec: &Spec) -> Result<Cost, Error> {
        of_fit(&data.rows, data.newdata.as_ref(), spec)
    }

    fn fit(
        data: &Data,
        spec: &Spec,
        observer: &mut dyn Observer,
    ) -> Result<Outcome<Fitted, Noop>, Error> {
        // Beside the fit stand those of its replicates, one a thread, or those of its profile.
        let at_once = match spec.intervals {
            Intervals::Bootstrap => 1 + rayon::current_num_threads(),
            Intervals::Profile => 2,
            Intervals::Wald | Intervals::None => 1,
        };
        let budget = observer.budget().shared_by(at_once);
        fit(&data.rows, data.newdata.as_ref(), spec, &mut Within { observer, budget })
    }

    fn response(
        _: &Data,
        _: &Spec,
        fitted: &Fitted,
        run_id: &str,
    ) -> Result<MixedFitResponse, Error> {
        Ok(fitted.response(run_id))
    }

    fn stored(fitted: &Fitted, run_id: &str) -> Option<Stored> {
        Some(fitted.stored(run_id))
    }

    fn keep(response: &mut MixedFitResponse, stored: Value) {
        response.model = Some(stored);
    }

    fn summary(spec: &Spec, fitted: &Fitted) -> Summary {
        Summary {
            input_digest: fitted.input_digest.clone(),
            verdict: fitted.model.verdict().clone(),
            seed: Some(spec.seed as i64),
        }
    }
}

/// A route that fits.
pub(crate) const fn fit_route(
    path: &'static str,
    operation: &'static str,
    summary: &'static str,
    description: &'static str,
    examples: &'static str,
) -> Route {
    Route {
        path,
        operation,
        summary,
        description,
        answer: "The fit, or `noop` where there is no row.",
        examples,
        refusals: &[FaultKind::Data, FaultKind::Deadline, FaultKind::NoObservations],
        shapes: Shapes::of::<MixedFitRequest, MixedFitResponse>().or::<Noop>(),
    }
}

/// A route that predicts.
pub(crate) const fn predict_route(
    path: &'static str,
    operation: &'static str,
    examples: &'static str,
) -> Route {
    Route {
        path,
        operation,
        summary: "Predict from a mixed model",
        description: "Rows by the `model` of a fit, or by a stored one; unknown levels have effects of 0.",
        answer: "The predictions, in the order of the rows.",
        examples,
        refusals: &[FaultKind::Data, FaultKind::Deadline, FaultKind::NoModel],
        shapes: Shapes::of::<MixedPredictRequest, MixedPredictResponse>(),
    }
}

/// Reads a request for predictions.
pub(crate) fn read_predict<K: Kind>(text: &str) -> Result<Question<'_>, Error> {
    let asks = |request: &MixedPredictRequest| Asks {
        about: request.model.is_none().then(|| StoredFit::of(request.run_id.as_deref())),
        max_seconds: request.max_seconds,
    };
    question(K::NAME, text, asks, |request, stored, observer| {
        predict(request, stored, K::NAME, observer)
    })
}
