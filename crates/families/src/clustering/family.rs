//! Clusters among the model families.

use seedtest_fault::FaultKind;
use seedtest_ingest::Table;
use seedtest_numerics::{Cost, Observer};
use seedtest_wire::{
    ClusterFitRequest, ClusterFitResponse, ClusterNoop, ClusterPredictRequest,
    ClusterPredictResponse,
};
use serde_json::Value;

use super::cost::of_fit;
use super::fit::{FitOutcome, Fitted, fit};
use super::predict::predict;
use super::spec::{Spec, spec_of};
use super::stored::Stored;
use crate::error::Error;
use crate::family::{Common, ModelFamily, Summary};
use crate::rows::table_to_fit;
use crate::table::{
    Asks, FamilyEntry, Question, QuestionRoute, Route, Shapes, StoredFit, question,
};

/// Clusters of learners.
#[derive(Debug)]
pub struct Clustering;

/// The rows.
pub type Data = Table;

/// What there is of it for those who do not know its types.
pub(crate) const ENTRY: FamilyEntry = FamilyEntry::of::<Clustering>(
    "Segments",
    fit_route("/cluster/fit", "clusterFit"),
    &[
        predict_route("/cluster/predict", "clusterPredict"),
        predict_route("/clustering/predict", "clusteringPredict"),
    ],
)
.also(&[fit_route("/clustering/fit", "clusteringFit")]);

const fn fit_route(path: &'static str, operation: &'static str) -> Route {
    Route {
        path,
        operation,
        summary: "Cluster rows",
        description: "k-means, Gaussian mixtures, hierarchies and densities; whether there are clusters at all \
             and how many by five criteria, with a card of each.",
        answer: "The clusters, or `noop` where there is too little to cluster.",
        examples: include_str!("fit.json"),
        refusals: &[FaultKind::Data, FaultKind::Deadline, FaultKind::NoObservations],
        shapes: Shapes::of::<ClusterFitRequest, ClusterFitResponse>().or::<ClusterNoop>(),
    }
}

const fn predict_route(path: &'static str, operation: &'static str) -> QuestionRoute {
    QuestionRoute {
        route: Route {
            path,
            operation,
            summary: "Assign rows to clusters",
            description: "By the centres of the request, or by a stored fit.",
            answer: "Cluster and distances of every row.",
            examples: include_str!("predict.json"),
            refusals: &[FaultKind::Data, FaultKind::NoModel],
            shapes: Shapes::of::<ClusterPredictRequest, ClusterPredictResponse>(),
        },
        at_once: 0,
        read: read_predict,
    }
}

fn read_predict(text: &str) -> Result<Question<'_>, Error> {
    let asks = |request: &ClusterPredictRequest| Asks {
        about: request.centers.is_none().then(|| StoredFit::of(request.run_id.as_deref())),
        max_seconds: request.max_seconds,
    };
    question(Clustering::NAME, text, asks, |request, stored, observer| {
        predict(request, stored, observer)
    })
}

impl ModelFamily for Clustering {
    const NAME: &'static str = "clustering";
    type Request<'a> = ClusterFitRequest;
    type Spec = Spec;
    type Data = Data;
    type Fitted = Fitted;
    type TooLittle = ClusterNoop;
    type Response = ClusterFitResponse;
    type Stored = Stored;

    fn common(request: &ClusterFitRequest) -> Common {
        Common {
            run_id_format: request.run_id_format.clone(),
            seed: request.seed.map(|seed| seed as i64),
            max_seconds: request.max_seconds,
            keep_model: request.keep_model == Some(true),
        }
    }

    fn spec(request: &ClusterFitRequest) -> Result<Spec, Error> {
        spec_of(request)
    }

    fn data(request: ClusterFitRequest) -> Result<Table, Error> {
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
    ) -> Result<ClusterFitResponse, Error> {
        Ok(fitted.response(run_id))
    }

    fn stored(fitted: &Fitted, run_id: &str) -> Option<Stored> {
        Some(Stored::of(fitted, run_id))
    }

    fn keep(response: &mut ClusterFitResponse, stored: Value) {
        response.stored_model = Some(stored);
    }

    fn summary(spec: &Spec, fitted: &Fitted) -> Summary {
        Summary {
            input_digest: fitted.input_digest.clone(),
            verdict: fitted.fit.verdict.clone(),
            seed: i64::try_from(spec.seed).ok(),
        }
    }
}
