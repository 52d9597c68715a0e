//! Item response models among the model families.

use seedtest_fault::FaultKind;
use seedtest_numerics::{Cost, Observer};
use seedtest_wire::{
    CalibrateRequest, CalibrateResponse, CatNextRequest, CatNextResponse, CategoriesResponse,
    DimensionsResponse, Noop, ScoreRequest, ScoreResponse,
};
use serde_json::Value;

use super::asked::{self, Answered, Asked, Calibrated, CalibrationJson};
use super::cat::cat_next;
use super::score::score;
use crate::error::Error;
use crate::family::{Common, ModelFamily, Outcome, Summary};
use crate::table::{Asks, FamilyEntry, Question, QuestionRoute, Route, Shapes, question};

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
        description: "Item parameters and abilities by marginal maximum likelihood: Rasch, 2PL, 3PL; of scored \
             answers graded response, partial credit, rating scale and nominal; with anchors on their scale; and the 2PL of \
             several dimensions.",
        answer: "The calibration; `fit_meta.verdict` says whether it converged. Of scored answers and of several dimensions \
             parameters are lists.",
        examples: include_str!("calibrate.json"),
        refusals: &[FaultKind::Data, FaultKind::Deadline, FaultKind::NoObservations],
        shapes: Shapes::of::<CalibrateRequest<'_>, CalibrateResponse>()
            .or::<CategoriesResponse>()
            .or::<DimensionsResponse>(),
    },
    &[
        QuestionRoute {
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
        },
        QuestionRoute {
            route: Route {
                path: "/cat/next",
                operation: "catNext",
                summary: "Next item of an adaptive test",
                description: "The next item from a bank with parameters, for a test of which nothing is stored: with the \
                 reason it was picked, where the content constraints stand, and the ability so far.",
                answer: "The item, or why the test ends.",
                examples: include_str!("cat_next.json"),
                refusals: &[FaultKind::Data],
                shapes: Shapes::of::<CatNextRequest, CatNextResponse>(),
            },
            at_once: 64 << 10,
            read: read_cat_next,
        },
    ],
);

fn read_cat_next(text: &str) -> Result<Question<'_>, Error> {
    let asks = |request: &CatNextRequest| Asks { about: None, max_seconds: request.max_seconds };
    question(Irt::NAME, text, asks, |request, _: Option<&()>, observer| cat_next(request, observer))
}

fn read_score(text: &str) -> Result<Question<'_>, Error> {
    let asks = |request: &ScoreRequest<'_>| Asks { about: None, max_seconds: request.max_seconds };
    question(Irt::NAME, text, asks, |request, _: Option<&()>, observer| score(request, observer))
}

impl ModelFamily for Irt {
    const NAME: &'static str = "irt";
    type Request<'a> = CalibrateRequest<'a>;
    type Spec = Asked;
    type Data = Answered;
    type Fitted = Calibrated;
    type TooLittle = Noop;
    type Response = CalibrationJson;
    type Stored = ();

    fn common(request: &CalibrateRequest<'_>) -> Common {
        Common {
            run_id_format: request.run_id_format.as_deref().map(str::to_owned),
            seed: request.seed,
            max_seconds: request.max_seconds,
            keep_model: false,
        }
    }

    fn spec(request: &CalibrateRequest<'_>) -> Result<Asked, Error> {
        Asked::of(request)
    }

    fn data(request: CalibrateRequest<'_>) -> Result<Answered, Error> {
        Answered::of(&request)
    }

    fn n_rows(answered: &Answered) -> usize {
        answered.len()
    }

    fn cost(answered: &Answered, asked: &Asked) -> Result<Cost, Error> {
        asked::cost(answered, asked)
    }

    fn fit(
        answered: &Answered,
        asked: &Asked,
        observer: &mut dyn Observer,
    ) -> Result<Outcome<Calibrated, Noop>, Error> {
        Ok(Outcome::Fitted(Box::new(asked::calibrate(answered, asked, observer)?)))
    }

    fn response(
        answered: &Answered,
        asked: &Asked,
        fitted: &Calibrated,
        run_id: &str,
    ) -> Result<CalibrationJson, Error> {
        asked::response(answered, asked, fitted, run_id)
    }

    /// Whoever scores later sends the item parameters.
    fn stored(_: &Calibrated, _: &str) -> Option<()> {
        None
    }

    fn keep(_: &mut CalibrationJson, _: Value) {}

    fn summary(asked: &Asked, fitted: &Calibrated) -> Summary {
        asked::summary(asked, fitted)
    }
}
