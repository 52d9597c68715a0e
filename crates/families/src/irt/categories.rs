//! Calibrations of items with several categories.

use seedtest_digest::Digest;
use seedtest_irt::dif::DifSpec;
use seedtest_irt::dimensions::{ParallelSpec, parallel_analysis};
use seedtest_irt::polytomous::{
    DiagnoseSpec, Fit, ItemModel, KnownItem, Responses, Spec, Start, StartItem, diagnose_within,
    fit_groups, fit_in_chunks, local_dependence,
};
use seedtest_irt::{DependenceSpec, Flag, LocalDependence, NoDependenceTest, Observer, StartGroup};
use seedtest_numerics::{Interrupt, chunks_of_ids};
use seedtest_responses::Duplicates;
use seedtest_wire::{
    AnchorJson, CategoriesQualityJson, CategoriesResponse, CategoryDriftJson,
    CategoryItemQualityJson, DifJson, FitStatisticsJson, ItemCurvesJson, LinkingConstants,
    ReferenceJson,
};

use super::categories_anchors::CategoryAnchors;
use super::categories_linking::{CategoryPlan, OnScale, drift_of_held, free_of};
use super::dif::compare_scored;
use super::fit::Late;
use super::fit_statistics::fit_statistics_of_categories;
use super::groups::GroupCodes;
use super::linking::{DriftChoice, FEWEST_TESTED, LinkingChoice};
use super::quality::{ItemFlags, dependence_json, pairs_json};
use super::scored_log::ScoredLog;
use super::words::code;
use crate::digest::result_digest;
use crate::error::Error;
use crate::family::run_id_of;

/// What a calibration of scored answers is asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct CategoriesSpec {
    /// Model and search; item codes are those of the ids in byte order. Its anchors and start are filled from those
    /// below.
    pub model: Spec,
    /// Models of single items by id.
    pub models: Vec<(String, ItemModel)>,
    /// Which answer counted when there were several.
    pub duplicates: Duplicates,
    /// Whether to measure how well items fit, and how many dimensions there are.
    pub quality: bool,
    /// Whether to measure how well the model as a whole fits, and how much the test tells by ability.
    pub fit_statistics: bool,
    /// Whether to compare every item between the groups.
    pub dif: bool,
    /// Items with known parameters.
    pub anchors: Vec<AnchorJson>,
    /// How results get onto the scale of the anchors.
    pub linking: LinkingChoice,
    /// What happens to anchors that drift.
    pub drift: DriftChoice,
    /// The calibration before: without fixed anchors, results get onto its scale.
    pub reference: Option<ReferenceJson>,
    /// A stored calibration to start from; it changes the time, not the result.
    pub start: Option<CategoriesResponse>,
    /// Version label of the results.
    pub version: String,
    /// What the ledger notes as the seed; nothing here is random.
    pub seed: Option<i64>,
}

impl Default for CategoriesSpec {
    fn default() -> Self {
        Self {
            model: Spec::default(),
            models: Vec::new(),
            duplicates: Duplicates::default(),
            quality: false,
            fit_statistics: false,
            dif: false,
            anchors: Vec::new(),
            linking: LinkingChoice::default(),
            drift: DriftChoice::default(),
            reference: None,
            start: None,
            version: "v1".into(),
            seed: None,
        }
    }
}

/// A calibration of categories with what went into it.
#[derive(Debug, Clone)]
pub struct CategoriesFitted {
    /// The fit on the scale of the anchors; its codes are those of the log.
    pub fit: Fit,
    /// How well items fit, where it was asked for.
    pub quality: Option<CategoriesQualityJson>,
    /// The flags of the same, item by item.
    pub flags: Vec<ItemFlags>,
    /// Fit of the whole model, reliability and test information, where they were asked for.
    pub fit_statistics: Option<FitStatisticsJson>,
    /// Comparisons of the groups item by item, where they were asked for.
    pub dif: Option<Vec<DifJson>>,
    /// The map that was applied.
    pub linking: LinkingConstants,
    /// Anchors that drift.
    pub drifting: Vec<CategoryDriftJson>,
    /// What was doubtful about anchors and linking.
    pub warnings: Vec<String>,
    /// Hexadecimal digest of request, ids and answers: equal inputs, equal digest.
    pub input_digest: String,
}

impl CategoriesFitted {
    /// The response of a run that is named after its result; `log` and `spec` are those of the fit.
    ///
    /// # Errors
    /// When the response cannot be put into JSON.
    pub fn named_response(
        &self,
        log: &ScoredLog,
        spec: &CategoriesSpec,
    ) -> Result<CategoriesResponse, Error> {
        let mut found = self.response(log, spec, "");
        found.fit_meta.run_id = run_id_of("fit", &result_digest(&found)?);
        Ok(found)
    }
}

/// Calibrates scored answers.
///
/// # Errors
/// For a model of an item that has no answers, anchors that cannot be used, groups that are not linked or too small to
/// be compared, and what the kernel refuses.
pub fn calibrate_categories(
    log: &ScoredLog,
    spec: &CategoriesSpec,
    observer: &mut dyn Observer,
) -> Result<CategoriesFitted, Error> {
    let data = Responses {
        student: &log.student,
        item: &log.item,
        score: &log.score,
        n_students: log.students.len(),
        n_items: log.items.len(),
        maximum: log.maximum.as_deref(),
    };
    let mut anchors = CategoryAnchors::read(&spec.anchors, log)?;
    let reference = spec.reference.as_ref();
    let plan = CategoryPlan::of(spec.linking, &mut anchors, reference, log)?;
    let held = plan.is_held();
    let stored = spec.start.as_ref().map(|stored| start_of(stored, log, held));
    let model = Spec {
        models: models_of(log, spec)?,
        anchors: plan.anchors_of_the_fit(&anchors),
        start: stored.transpose()?,
        keep_covariance: spec.model.keep_covariance || plan.needs_covariance(),
        ..spec.model.clone()
    };
    let chunks = chunks_of_ids(&log.students);
    let calibrate = |model: &Spec, observer: &mut dyn Observer| {
        let fit = match &log.groups {
            None => fit_in_chunks(&data, &chunks, model, observer),
            Some(groups) => fit_groups(&data, groups.codes(), &chunks, model, observer),
        };
        fit.map_err(|error| refused(&error, log))
    };
    let mut fit = calibrate(&model, observer)?;
    // What is measured of a calibration has the time up to its summing up, not that of the answer.
    let closing = observer.closing();
    // The result is the same from every start.
    fit.spec.start = None;
    let dependence = spec
        .quality
        .then(|| {
            let groups = log.groups.as_ref().map(GroupCodes::codes);
            local_dependence(&data, groups, &fit, &DependenceSpec::default(), &closing)
        })
        .transpose()
        .map_err(|error| refused(&error, log))?;
    let warnings = &mut anchors.warnings;
    let OnScale { fit, constants, mut drifting } =
        plan.apply(fit, spec.drift, &log.items, warnings)?;
    if held && spec.drift == DriftChoice::Test && anchors.fixed.len() >= FEWEST_TESTED {
        let free = calibrate(&free_of(&fit, &model), observer);
        drifting = drift_of_held(free, &anchors.fixed, &log.items, warnings);
    }
    let quality = dependence.map(|found| quality(&data, &fit, log, (&found, &closing)));
    let fit_statistics =
        spec.fit_statistics.then(|| fit_statistics_of_categories(&fit, &data, &closing));
    let dif = spec.dif.then(|| {
        let of = Spec { anchors: Vec::new(), start: None, ..model.clone() };
        let of = DifSpec { model: of, ..DifSpec::default() };
        compare_scored(&data, log.groups.as_ref(), &log.items, &of, observer)
    });
    let mut late = Late(&mut anchors.warnings);
    let (quality, flags) = late.if_in_time("quality", quality)?.unzip();
    let fit_statistics = late.if_in_time("fit_statistics", fit_statistics)?;
    let dif = late.if_in_time("dif", dif)?;
    Ok(CategoriesFitted {
        fit,
        quality,
        flags: flags.unwrap_or_default(),
        fit_statistics,
        dif,
        linking: constants,
        drifting,
        warnings: anchors.warnings,
        input_digest: categories_digest(log, spec)?,
    })
}

/// Digest of everything a calibration of categories depends on, but for the calibration it is linked to.
///
/// # Errors
/// When the specification cannot be put into JSON.
pub fn categories_digest(log: &ScoredLog, spec: &CategoriesSpec) -> Result<String, Error> {
    let drift = spec.drift == DriftChoice::Test;
    let duplicates = spec.duplicates.name();
    let settings = (
        &spec.model,
        &spec.models,
        &spec.anchors,
        spec.linking.name(),
        drift,
        duplicates,
        spec.dif,
    );
    let mut digest = Digest::new();
    digest.bytes(&serde_json::to_vec(&settings)?).texts(&log.students).texts(&log.items);
    digest.codes(&log.student).codes(&log.item).bytes(&log.score);
    digest.bytes(log.maximum.as_deref().unwrap_or_default());
    if let Some(groups) = &log.groups {
        digest.texts(&groups.names).codes(&groups.of).codes(&[groups.codes().reference]);
    }
    Ok(digest.finish())
}

/// A stored calibration as the start of one of `log`: of a free one, back from the scale of its anchors; of one with its
/// anchors held, on that scale.
fn start_of(stored: &CategoriesResponse, log: &ScoredLog, held: bool) -> Result<Start, Error> {
    let LinkingConstants { a, b, .. } = stored.fit_meta.linking_constants;
    let (a, b) = if held { (1.0, 0.0) } else { (a, b) };
    let (slope, intercept) = (1.0 / a, -b / a);
    let mut items = Vec::new();
    for item in &stored.item_params {
        let Ok(code) = log.items.binary_search_by(|id| (**id).cmp(item.item_id.as_str())) else {
            continue;
        };
        let params = &item.params;
        let read = ItemCurvesJson {
            model: Some(item.model.clone()),
            a: params.a.clone(),
            b: params.b.clone(),
            d: params.d.clone(),
            c: Some(params.c),
            ..ItemCurvesJson::default()
        };
        let known = read
            .known()
            .map_err(|what| Error::field("start", format!("item {} {what}", item.item_id)))?;
        items
            .push(StartItem { item: code as u32, curves: known.curves.on_scale(slope, intercept) });
    }
    let metrics = &stored.fit_meta.metrics;
    let names = (0u32..).zip(log.groups.iter().flat_map(|groups| &groups.names));
    let group = |(code, name): (u32, &String)| {
        let known = stored.groups.iter().find(|group| group.group == *name)?;
        let (mean, sd) = (slope * known.mean + intercept, slope * known.sd);
        Some(StartGroup { group: code, mean, sd })
    };
    Ok(Start {
        items,
        groups: names.filter_map(group).collect(),
        mean: slope * metrics.latent_mean + intercept,
        sd: slope * metrics.latent_sd,
    })
}

/// Models of single items by code.
fn models_of(log: &ScoredLog, spec: &CategoriesSpec) -> Result<Vec<(u32, ItemModel)>, Error> {
    let coded = spec.models.iter().map(|(id, model)| {
        let at = log.items.binary_search_by(|known| (**known).cmp(id.as_str()));
        let missing = |_| Error::field("model_by_item", format!("item {id} has no answers"));
        at.map(|at| (at as u32, *model)).map_err(missing)
    });
    coded.collect()
}

/// A refusal of the kernel with ids in place of codes.
fn refused(error: &seedtest_irt::polytomous::Error, log: &ScoredLog) -> Error {
    use seedtest_irt::polytomous::Error as Kernel;
    let id = |item: u32| &log.items[item as usize];
    let reason = match error {
        Kernel::Calibration(error) => match &log.groups {
            Some(groups) => return groups.named(error.clone()),
            None => return error.clone().into(),
        },
        Kernel::TooManyCategories { item, categories } => {
            format!("item {} has {categories} different scores", id(*item))
        }
        Kernel::TwoCategories { item, categories, model } => {
            format!("item {} has {categories} categories, the model {model} has two", id(*item))
        }
        Kernel::AboveMaximum { item, score, maximum, .. } => {
            format!("item {} was answered with score {score}, its highest is {maximum}", id(*item))
        }
        Kernel::UnknownScore { item, score } => format!(
            "item {} was answered with score {score}, which its known curves do not have",
            id(*item)
        ),
        Kernel::Anchor { item, what } => format!("known curves of item {}: {what}", id(*item)),
        other => other.to_string(),
    };
    Error::field("score", format!("{reason}; {}", error.hint()))
}

fn quality(
    data: &Responses<'_>,
    fit: &Fit,
    log: &ScoredLog,
    (dependence, stop): (&Result<LocalDependence, NoDependenceTest>, &Interrupt),
) -> Result<(CategoriesQualityJson, Vec<ItemFlags>), Error> {
    let mut items: Vec<Option<KnownItem>> = vec![None; log.items.len()];
    for item in &fit.items {
        items[item.item as usize] = Some(item.into());
    }
    let population = fit.population();
    let spec = DiagnoseSpec { mean: population.mean, sd: population.sd, ..DiagnoseSpec::default() };
    let found = diagnose_within(data, &items, &spec, stop)?;
    let codes: Vec<u32> = fit.items.iter().map(|item| item.item).collect();
    let dimensions = parallel_analysis(data, &codes, &ParallelSpec::default(), &mut stop.clone());
    let item = |of: &seedtest_irt::polytomous::ItemDiagnosis| CategoryItemQualityJson {
        item_id: log.items[of.classical.item as usize].to_string(),
        infit: of.mean_squares.map(|fit| fit.infit),
        outfit: of.mean_squares.map(|fit| fit.outfit),
        s_x2: of.s_x2.map(|s| s.statistic),
        s_x2_df: of.s_x2.map(|s| s.df),
        s_x2_p: of.s_x2.and_then(|s| s.p),
        s_x2_p_adjusted: of.s_x2.and_then(|s| s.p_adjusted),
        s_x2_reason: of.s_x2_missing.map(code),
        flags: of.flags.iter().map(Flag::text).collect(),
    };
    let quality = CategoriesQualityJson {
        n_complete: found.n_complete,
        empirical_reliability: found.empirical_reliability,
        marginal_reliability: found.marginal_reliability,
        mean_q3: found.mean_q3,
        pairs: pairs_json(&found.pairs, &log.items),
        local_dependence: dependence.as_ref().ok().map(|of| dependence_json(of, &log.items)),
        local_dependence_reason: dependence.as_ref().err().copied().map(code),
        items: found.items.iter().map(item).collect(),
        dimensions_reason: dimensions.as_ref().err().copied().map(code),
        dimensions: dimensions.ok(),
    };
    let flags = found.items.into_iter().map(|item| (item.classical.item, item.flags));
    Ok((quality, flags.collect()))
}
