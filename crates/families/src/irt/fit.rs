//! One calibration of a response log, with anchors and linking: the same call for the job, the
//! `fit` command and the demo.

use seedtest_fault::FaultKind;
use seedtest_irt::{DependenceSpec, Fit, Model, NoErrors, Observer, Start, local_dependence};
use seedtest_numerics::chunks_of_ids;
use seedtest_responses::{Answers, Duplicates, ResponseLog};
use seedtest_wire::{DifJson, FitStatisticsJson, LinkingConstants, QualityJson};

use super::anchors::Anchors;
use super::dif::{self, compare};
use super::digest::hex_digest;
use super::fit_statistics::fit_statistics;
use super::groups::GroupCodes;
use super::linking::{DriftChoice, FEWEST_TESTED, Plan, drift_of_held};
use super::log::responses_of;
use super::quality::{ItemFlags, quality};
use super::spec::Spec;
use super::start::start;
use crate::error::Error;
use crate::family::{Summary, run_id_of};
use crate::two_threads::beside_long_work;

/// With fewer answers their digest takes a millisecond or two.
const MANY_ANSWERS: usize = 1 << 17;

/// A fit with what went into it.
#[derive(Debug, Clone)]
pub struct Fitted {
    /// The fit on the scale of the anchors; its codes are those of the log.
    pub fit: Fit,
    /// The answers it was fitted to, and how many were left out.
    pub answers: Answers,
    /// How well items, students and pairs follow the model, where it was asked for.
    pub quality: Option<QualityJson>,
    /// The flags of the same, item by item.
    pub flags: Vec<ItemFlags>,
    /// Fit of the whole model, reliability and test information, where they were asked for.
    pub fit_statistics: Option<FitStatisticsJson>,
    /// Comparisons of the groups item by item, where they were asked for.
    pub dif: Option<Vec<DifJson>>,
    /// Which answer counted when there were several.
    pub duplicates: Duplicates,
    /// Group of every student code by name, where the log has groups.
    pub(super) groups: Option<GroupCodes>,
    /// The map that was applied.
    pub linking: LinkingConstants,
    /// What was doubtful about anchors and linking.
    pub warnings: Vec<String>,
    /// Hexadecimal digest of request, ids and answers: equal inputs, equal digest.
    pub input_digest: String,
}

/// Calibrates the answers of a log.
pub fn fit(log: &ResponseLog, spec: &Spec, observer: &mut dyn Observer) -> Result<Fitted, Error> {
    let answers = log.answers(spec.duplicates);
    let groups = GroupCodes::of(log, &answers, spec.reference_group.as_deref())?;
    let responses = responses_of(log, &answers);
    let prepared = Prepared::new(spec, log.items(), groups.as_ref())?;
    let chunks = chunks_of_ids(log.students());
    let mut calibrate = |model: &seedtest_irt::Spec, observer: &mut dyn Observer| match &groups {
        None => seedtest_irt::fit_in_chunks(&responses, &chunks, model, observer),
        Some(groups) => {
            seedtest_irt::fit_groups(&responses, groups.codes(), &chunks, model, observer)
        }
    };
    let own = || prepared.calibrated((log.items(), groups.as_ref()), &mut calibrate, observer);
    // What is told of the answers does not depend on the fit, and a part of that runs on one thread alone.
    let other = || (input_digest(log, &answers, spec), log.conflicts());
    let (fitted, (input_digest, _)) =
        beside_long_work(answers.item.len() >= MANY_ANSWERS, own, other);
    let (fitted, input_digest) = (fitted?, input_digest?);
    // What is measured of a calibration has the time up to its summing up, not that of the answer.
    let closing = observer.closing();
    let dependence = spec
        .quality
        .then(|| {
            let groups = groups.as_ref().map(GroupCodes::codes);
            local_dependence(&responses, groups, &fitted, &DependenceSpec::default(), &closing)
        })
        .transpose()?;
    let model = prepared.model.clone();
    let told = conflicts_told(log);
    let OnScale { fit, linking, mut warnings } =
        prepared.on_scale(fitted, (spec, log.items(), told), &mut calibrate, observer)?;
    let quality = dependence.map(|found| quality(&fit, &responses, log, (&found, &closing)));
    let fit_statistics = spec.fit_statistics.then(|| fit_statistics(&fit, &responses, &closing));
    let dif = spec.dif.then(|| {
        compare(&responses, groups.as_ref(), log.items(), &dif::spec_of(&model), observer)
    });
    let mut late = Late(&mut warnings);
    let (quality, flags) = late.if_in_time("quality", quality)?.unzip();
    let fit_statistics = late.if_in_time("fit_statistics", fit_statistics)?;
    let dif = late.if_in_time("dif", dif)?;
    late.tell_of_errors(&fit);
    Ok(Fitted {
        fit,
        dif,
        quality,
        flags: flags.unwrap_or_default(),
        fit_statistics,
        answers,
        duplicates: spec.duplicates,
        groups,
        linking,
        warnings,
        input_digest,
    })
}

/// One calibration under these settings: of all answers here, or in passes over them.
pub(super) type Calibrate<'a> =
    dyn FnMut(&seedtest_irt::Spec, &mut dyn Observer) -> Result<Fit, seedtest_irt::Error> + 'a;

/// A calibration that can begin: its anchors are read, and how it gets onto their scale is known.
pub(super) struct Prepared {
    anchors: Anchors,
    plan: Plan,
    /// What the kernel is asked for.
    pub(super) model: seedtest_irt::Spec,
}

/// A fit on the scale of its anchors.
pub(super) struct OnScale {
    pub(super) fit: Fit,
    pub(super) linking: LinkingConstants,
    pub(super) warnings: Vec<String>,
}

impl Prepared {
    /// `items` are the ids by code, in byte order.
    pub(super) fn new(
        spec: &Spec,
        items: &[Box<str>],
        groups: Option<&GroupCodes>,
    ) -> Result<Self, Error> {
        let mut anchors = Anchors::read(&spec.anchors, items)?;
        let reference = spec.reference.as_ref();
        let plan = spec.linking.plan(&mut anchors, reference, spec.model.model, items)?;
        let held = plan.is_held();
        let guessing = spec.guessing.as_ref().map(|given| given.coded(items));
        if let Some((_, unknown @ 1..)) = &guessing {
            let text = format!("{unknown} guessing probabilities are of items without answers");
            anchors.warnings.push(text);
        }
        let model = seedtest_irt::Spec {
            guessing: guessing.map(|coded| coded.0),
            anchors: plan.anchors_of_the_fit(&anchors),
            start: spec.start.as_ref().map(|stored| start(stored, items, held, groups)),
            keep_covariance: spec.model.keep_covariance || plan.needs_covariance(),
            ..spec.model.clone()
        };
        Ok(Self { anchors, plan, model })
    }

    /// The fit before its linking.
    pub(super) fn calibrated(
        &self,
        (items, groups): (&[Box<str>], Option<&GroupCodes>),
        calibrate: &mut Calibrate<'_>,
        observer: &mut dyn Observer,
    ) -> Result<Fit, Error> {
        let refused = |error| match groups {
            None => Error::from(error),
            Some(groups) => groups.named(error),
        };
        let mut fitted = calibrate(&self.model, observer).map_err(refused)?;
        // The result is the same from every start, and a stored covariance is large.
        fitted.spec.start = None;
        fitted.verdict = fitted.verdict_by_id(|item| items[item as usize].to_string());
        Ok(fitted)
    }

    /// The fit on the scale of its anchors; `told`: what is said of the answers.
    pub(super) fn on_scale(
        mut self,
        fitted: Fit,
        (spec, items, told): (&Spec, &[Box<str>], Option<String>),
        calibrate: &mut Calibrate<'_>,
        observer: &mut dyn Observer,
    ) -> Result<OnScale, Error> {
        let held = self.plan.is_held();
        let warnings = &mut self.anchors.warnings;
        warnings.extend(told);
        let (fit, mut linking) = self.plan.apply(fitted, spec.drift, items, warnings)?;
        let anchors = &mut self.anchors;
        if held && spec.drift == DriftChoice::Test && anchors.fixed.len() >= FEWEST_TESTED {
            let free = free_of(&fit, &self.model);
            let free = calibrate(&free, observer);
            linking.drift = drift_of_held(free, &anchors.fixed, items, &mut anchors.warnings);
        }
        Ok(OnScale { fit, linking, warnings: self.anchors.warnings })
    }
}

/// Tells what there was no time for.
pub(super) struct Late<'a>(pub(super) &'a mut Vec<String>);

impl Late<'_> {
    /// What was found, if it was asked for and there was time.
    pub(super) fn if_in_time<T>(
        &mut self,
        name: &str,
        found: Option<Result<T, Error>>,
    ) -> Result<Option<T>, Error> {
        match found {
            Some(Err(error)) if error.kind() == FaultKind::Deadline => {
                self.tell(name);
                Ok(None)
            }
            found => found.transpose(),
        }
    }

    /// Tells where there are no standard errors for want of time.
    pub(super) fn tell_of_errors(&mut self, fit: &Fit) {
        if fit.items.iter().any(|item| item.se_missing == Some(NoErrors::OutOfTime)) {
            self.tell("the standard errors");
        }
    }

    fn tell(&mut self, what: &str) {
        let text = format!("there was no time for {what}: allow more with max_seconds");
        self.0.push(text);
    }
}

/// What is said of answers of one student, item and instant that contradict each other; `None` where there
/// are none.
pub fn conflicts_told(log: &ResponseLog) -> Option<String> {
    contradictions_told(log.conflicts())
}

/// The same of so many.
pub(super) fn contradictions_told(n: usize) -> Option<String> {
    (n > 0).then(|| {
        format!(
            "{n} answers contradict another one of the same student, item and instant; the first of each \
             counts"
        )
    })
}

/// The free calibration of the same answers, started from one with its anchors held.
fn free_of(fit: &Fit, model: &seedtest_irt::Spec) -> seedtest_irt::Spec {
    let rasch = model.model == Model::Rasch;
    let (mean, sd) = (fit.latent.mean, if rasch { 1.0 } else { fit.latent.sd });
    let mut start = Start::from(&fit.on_scale(1.0 / sd, -mean / sd));
    start.covariance = None;
    // The same in passes, to the byte.
    start.newton = false;
    let seeds = model.anchors.iter().filter(|anchor| !anchor.fixed).copied().collect();
    seedtest_irt::Spec {
        anchors: seeds,
        start: Some(start),
        keep_covariance: true,
        ..model.clone()
    }
}

/// Digest of everything a calibration depends on, but for the calibration it is linked to.
pub fn input_digest(log: &ResponseLog, answers: &Answers, spec: &Spec) -> Result<String, Error> {
    let drift = spec.drift == DriftChoice::Test;
    let settings = (
        &spec.model,
        &spec.anchors,
        spec.linking.name(),
        drift,
        spec.duplicates.name(),
        &spec.guessing,
    );
    let settings = match GroupCodes::of(log, answers, spec.reference_group.as_deref())? {
        None => serde_json::to_vec(&settings)?,
        Some(groups) => {
            serde_json::to_vec(&(settings, &groups.names, &groups.of, groups.codes().reference))?
        }
    };
    Ok(hex_digest(&settings, [log.students(), log.items()], answers))
}

impl Fitted {
    /// What the ledger wants to know.
    pub fn summary(&self, seed: Option<i64>) -> Summary {
        let (input_digest, verdict) = (self.input_digest.clone(), self.fit.verdict.clone());
        Summary { input_digest, verdict, seed }
    }

    /// Identity of a fit that nobody gave a name: equal answers and settings, equal name.
    pub fn default_run_id(&self) -> String {
        run_id_of("fit", &self.input_digest)
    }
}
