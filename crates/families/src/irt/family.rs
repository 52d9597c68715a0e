//! Item response models among the model families.

use seedtest_fault::FaultKind;
use seedtest_numerics::{Cost, Observer};
use seedtest_responses::ResponseLog;
use seedtest_wire::{CalibrateRequest, CalibrateResponse, Noop, ScoreRequest, ScoreResponse};
use serde_json::Value;

use super::cost::of_fit;
use super::fit::{Fitted, fit};
use super::log::log_of;
use super::score::score;
use super::spec::Spec;
use crate::error::Error;
use crate::family::{Common, ModelFamily, Outcome, Summary};
use crate::table::{FamilyEntry, Question, QuestionRoute, Route, Shapes, question};

/// Item response models.
#[derive(Debug)]
pub struct Irt;

/// What there is of them for those who do not know their types.
pub(crate) const ENTRY: FamilyEntry = FamilyEntry::of::<Irt>(
    "Item response models",
    Route {
        path: "/irt/calibrate",
        operation: "calibrate",
        summary: "Calibrate items",
        description: "Item parameters and abilities by marginal maximum likelihood: Rasch, 2PL, 3PL; \
             with anchors on their scale.",
        answer: "The calibration; `fit_meta.verdict` says whether it converged.",
        examples: include_str!("calibrate.json"),
        refusals: &[FaultKind::Data, FaultKind::Deadline, FaultKind::NoObservations],
        shapes: Shapes::of::<CalibrateRequest<'_>, CalibrateResponse>(),
    },
    &[QuestionRoute {
        route: Route {
            path: "/irt/score",
            operation: "score",
            summary: "Score answers",
            description: "Abilities of one or several students from known item parameters.",
            answer: "The abilities, or `noop` where no answer is to a known item.",
            examples: include_str!("score.json"),
            refusals: &[FaultKind::Data],
            shapes: Shapes::of::<ScoreRequest<'_>, ScoreResponse>().or::<Noop>(),
        },
        // One student takes microseconds and must not wait for fits.
        at_once: 64 << 10,
        read: read_score,
    }],
);

fn read_score(text: &str) -> Result<Question<'_>, Error> {
    let about = |_: &ScoreRequest<'_>| None;
    question(Irt::NAME, text, about, |request, _: Option<&()>, observer| score(request, observer))
}

impl ModelFamily for Irt {
    const NAME: &'static str = "irt";
    type Request<'a> = CalibrateRequest<'a>;
    type Spec = Spec;
    type Data = ResponseLog;
    type Fitted = Fitted;
    type TooLittle = Noop;
    type Response = CalibrateResponse;
    type Stored = ();

    fn common(request: &CalibrateRequest<'_>) -> Common {
        Common {
            run_id_format: request.run_id_format.as_deref().map(str::to_owned),
            seed: request.seed,
            max_seconds: request.max_seconds,
            keep_model: false,
        }
    }

    fn spec(request: &CalibrateRequest<'_>) -> Result<Spec, Error> {
        Spec::of(request)
    }

    fn data(request: CalibrateRequest<'_>) -> Result<ResponseLog, Error> {
        log_of(&request)
    }

    fn n_rows(log: &ResponseLog) -> usize {
        log.len()
    }

    fn cost(log: &ResponseLog, spec: &Spec) -> Result<Cost, Error> {
        Ok(of_fit(log, spec))
    }

    fn fit(
        log: &ResponseLog,
        spec: &Spec,
        observer: &mut dyn Observer,
    ) -> Result<Outcome<Fitted, Noop>, Error> {
        Ok(Outcome::Fitted(Box::new(fit(log, spec, observer)?)))
    }

    fn response(
        log: &ResponseLog,
        spec: &Spec,
        fitted: &Fitted,
        run_id: &str,
    ) -> Result<CalibrateResponse, Error> {
        Ok(fitted.response(log, spec, run_id))
    }

    /// Whoever scores later sends the item parameters.
    fn stored(_: &Fitted, _: &str) -> Option<()> {
        None
    }

    fn keep(_: &mut CalibrateResponse, _: Value) {}

    fn summary(spec: &Spec, fitted: &Fitted) -> Summary {
        Summary {
            input_digest: fitted.input_digest.clone(),
            verdict: fitted.fit.verdict.clone(),
            seed: spec.seed,
        }
    }
}
