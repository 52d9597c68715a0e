//! One calibration of a response log, with anchors and linking: the same call for the job, the
//! `fit` command and the demo.

use seedtest_irt::{Fit, Observer, Responses, Spec};
use seedtest_numerics::chunks_of_ids;
use seedtest_responses::{Answers, Duplicates, ResponseLog};
use seedtest_wire::{
    AnchorJson, CalibrateResponse, CalibrationNames, LeftOutJson, LinkingConstants, Timings,
};

use super::anchors::Anchors;
use super::digest::hex_digest;
use super::linking::LinkingChoice;
use super::start::start;
use crate::error::Error;

/// What to calibrate and how to reach the anchor scale.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CalibrationRequest {
    /// The model; its `anchors` are filled from those below.
    pub spec: Spec,
    /// Which answer counts when there are several.
    pub duplicates: Duplicates,
    /// Items with known parameters.
    pub anchors: Vec<AnchorJson>,
    /// How results get onto the scale of the anchors.
    pub linking: LinkingChoice,
    /// A stored solution to start from; it changes the time, not the result.
    pub start: Option<CalibrateResponse>,
}

/// A fit with what went into it.
#[derive(Debug, Clone)]
pub struct CalibratedLog {
    /// The fit on the scale of the anchors; its codes are those of the log.
    pub fit: Fit,
    /// The answers it was fitted to, and how many were left out.
    pub answers: Answers,
    /// Which answer counted when there were several.
    pub duplicates: Duplicates,
    /// The map that was applied.
    pub linking: LinkingConstants,
    /// What was doubtful about anchors and linking.
    pub warnings: Vec<String>,
    /// Hexadecimal digest of request, ids and answers: equal inputs, equal digest.
    pub input_digest: String,
}

/// Calibrates the answers of a log.
pub fn calibrate(
    log: &ResponseLog,
    request: &CalibrationRequest,
    observer: &mut dyn Observer,
) -> Result<CalibratedLog, Error> {
    let answers = log.answers(request.duplicates);
    let input_digest = input_digest(log, &answers, request)?;
    let responses = Responses {
        student: &answers.student,
        item: &answers.item,
        correct: &answers.correct,
        n_students: log.students().len(),
        n_items: log.items().len(),
    };
    let mut anchors = Anchors::read(&request.anchors, log)?;
    let choice = request.linking.resolve(anchors.fixed.len(), &mut anchors.warnings);
    let spec = Spec {
        anchors: choice.anchors_of_the_fit(&anchors),
        start: request.start.as_ref().map(|stored| start(stored, log)),
        ..request.spec.clone()
    };
    let chunks = chunks_of_ids(log.students());
    let mut free = seedtest_irt::fit_in_chunks(&responses, &chunks, &spec, observer)?;
    // The result is the same from every start, and a stored covariance is large.
    free.spec.start = None;
    let (fit, linking) = choice.apply(free, &mut anchors, log.items())?;
    Ok(CalibratedLog {
        fit,
        answers,
        duplicates: request.duplicates,
        linking,
        warnings: anchors.warnings,
        input_digest,
    })
}

/// Digest of everything a calibration depends on.
pub fn input_digest(
    log: &ResponseLog,
    answers: &Answers,
    request: &CalibrationRequest,
) -> Result<String, Error> {
    let request = serde_json::to_vec(&(
        &request.spec,
        &request.anchors,
        request.linking.name(),
        request.duplicates.name(),
    ))?;
    Ok(hex_digest(&request, [log.students(), log.items()], answers))
}

impl CalibratedLog {
    /// The response of `POST /irt/calibrate`.
    pub fn response(
        &self,
        log: &ResponseLog,
        run_id: &str,
        version: &str,
        timings: Option<Timings>,
    ) -> CalibrateResponse {
        let names = CalibrationNames {
            items: log.items(),
            students: log.students(),
            run_id,
            version,
            linking: &self.linking,
        };
        let mut response = CalibrateResponse::new(&self.fit, &names, timings);
        response.warnings.extend(self.warnings.iter().cloned());
        response.fit_meta.left_out = LeftOutJson {
            duplicates: self.duplicates.name().to_string(),
            repeated: self.answers.dropped_duplicates,
            unknown: self.answers.dropped_unknown,
        };
        response
    }
}
