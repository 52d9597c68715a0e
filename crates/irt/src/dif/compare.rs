//! From answers and groups to the comparison of every item.

use seedtest_numerics::{Budget, Control, Interrupt, Observer, Progress, chunks_of_codes};

use super::error::DifError;
use super::holm::holm;
use super::matching::{StudentRow, Students};
use super::model::{ModelDif, NoModelDif, Scale, TwoGroups};
use super::result::{Dif, ItemDif, Kind, NoComparison};
use super::shared_categories::SharedCategories;
use super::spec::{AnchorChoice, DifSpec};
use crate::groups::Groups;
use crate::polytomous::{ItemModel, Responses};

/// Fewest items: one is compared, two carry the scale.
const FEWEST_ITEMS: usize = 3;
/// Share of the items that carry the scale at least.
const FEWEST_ANCHORS: f64 = 0.25;

/// Compares every item between the reference group and each of the other groups.
///
/// Items leave the anchors when they differ at the unadjusted level; a difference counts as found at the
/// family-wise level. The observer sees every calibration; once it stops one, the items left have no comparison
/// under the model.
///
/// # Errors
/// For groups that do not exist or are too small, and for anchors that cannot carry a scale.
pub fn dif(
    data: &Responses<'_>,
    groups: Groups<'_>,
    spec: &DifSpec,
    observer: &mut dyn Observer,
) -> Result<Vec<Dif>, DifError> {
    spec.validate()?;
    data.validate()?;
    groups.validate(data.n_students)?;
    if groups.n < 2 {
        return Err(DifError::OneGroup { n: groups.n });
    }
    let sizes = students_with_answers(data, groups);
    let small = (0u32..).zip(&sizes).find(|(_, n)| **n < spec.min_group);
    if let Some((group, &n)) = small {
        return Err(DifError::SmallGroup { group, n, needed: spec.min_group });
    }
    let mut watch = Watch { inner: observer, stopped: false };
    (0..groups.n as u32)
        .filter(|focal| *focal != groups.reference)
        .map(|focal| {
            let sizes = (sizes[groups.reference as usize], sizes[focal as usize]);
            of_two_groups(data, groups, (focal, sizes), spec, &mut watch)
        })
        .collect()
}

/// An observer that remembers whether a fit was stopped.
struct Watch<'a> {
    inner: &'a mut dyn Observer,
    stopped: bool,
}

impl Observer for Watch<'_> {
    fn progress(&mut self, progress: &Progress) -> Control {
        let control = self.inner.progress(progress);
        self.stopped |= control == Control::Stop;
        control
    }

    fn interrupt(&self) -> Interrupt {
        self.inner.interrupt()
    }

    fn closing(&self) -> Interrupt {
        self.inner.closing()
    }

    fn budget(&self) -> Budget {
        self.inner.budget()
    }
}

fn students_with_answers(data: &Responses<'_>, groups: Groups<'_>) -> Vec<usize> {
    let mut sizes = vec![0; groups.n];
    for rows in data.student.chunk_by(|a, b| a == b) {
        sizes[groups.group_of(rows[0] as usize)] += 1;
    }
    sizes
}

/// The answers of two groups to the items that can be compared.
struct Prepared {
    student: Vec<u32>,
    item: Vec<u32>,
    score: Vec<u8>,
    shared: SharedCategories,
    /// Of every item code.
    items: Vec<ItemDif>,
    /// Codes of the compared items.
    used: Vec<u32>,
    students: Students,
}

fn of_two_groups(
    data: &Responses<'_>,
    groups: Groups<'_>,
    (focal, (n_reference, n_focal)): (u32, (usize, usize)),
    spec: &DifSpec,
    watch: &mut Watch<'_>,
) -> Result<Dif, DifError> {
    let side = |group: u32| match group {
        group if group == focal => Some(true),
        group if group == groups.reference => Some(false),
        _ => None,
    };
    let is_focal: Vec<Option<bool>> = groups.of.iter().map(|group| side(*group)).collect();
    let mut prepared = prepare(data, &is_focal, spec)?;
    let group: Vec<u32> = is_focal.iter().map(|side| u32::from(*side == Some(true))).collect();
    let chunks = chunks_of_codes(data.n_students);
    let model = crate::polytomous::Spec {
        models: prepared.models(spec, data.n_items),
        ..spec.model.clone()
    };
    let two = TwoGroups {
        spec: &DifSpec { model, ..spec.clone() },
        student: &prepared.student,
        item: &prepared.item,
        score: &prepared.score,
        group: &group,
        chunks: &chunks,
        n_items: data.n_items,
    };
    let purified = purify(&two, &prepared.used, spec, watch)?;
    let scale = two.scale(purified.is_anchor, (purified.scale.as_ref(), true), watch)?;
    let compared = compare_all(&two, &prepared.used, (&scale, true), watch)?;
    for (&item, compared) in prepared.used.iter().zip(compared) {
        let entry = &mut prepared.items[item as usize];
        entry.is_anchor = scale.is_anchor[item as usize];
        match compared {
            Ok(model) => entry.model = Some(model),
            Err(reason) => entry.model_missing = Some(reason),
        }
    }
    let matches = |item: u32| !spec.purified_score || scale.is_anchor[item as usize];
    for &item in &prepared.used {
        let n_categories = prepared.shared.n_categories[item as usize];
        let entry = &mut prepared.items[item as usize];
        entry.mantel_haenszel = prepared.students.mantel_haenszel(item, n_categories, &matches);
        entry.logistic = prepared.students.logistic(item, n_categories, &matches);
    }
    let answered = |item: &ItemDif| item.n_reference + item.n_focal > 0;
    let mut items: Vec<ItemDif> = prepared.items.into_iter().filter(answered).collect();
    adjust(&mut items, spec.level);
    Ok(Dif {
        reference: groups.reference,
        focal,
        n_reference,
        n_focal,
        impact: Some(scale.impact()),
        anchors: prepared.used.iter().copied().filter(|i| scale.is_anchor[*i as usize]).collect(),
        rounds: purified.rounds,
        settled: purified.settled,
        items,
        joined: prepared.shared.joined,
        incomplete: prepared.students.n_incomplete(),
        verdict: Some(scale.fit.verdict),
    })
}

impl Prepared {
    /// The models of items whose number of categories asks for another one than is wanted of all.
    fn models(&self, spec: &DifSpec, n_items: usize) -> Vec<(u32, ItemModel)> {
        let mut models = spec.model.models.clone();
        models.retain(|(item, _)| (*item as usize) < n_items);
        for &item in &self.used {
            let n = self.shared.n_categories[item as usize];
            let wanted = models.iter().find(|known| known.0 == item);
            let wanted = wanted.map_or(spec.model.model, |known| known.1);
            if wanted.of_categories(n).is_none() {
                models.retain(|known| known.0 != item);
                let several = if wanted.has_unit_slope() { ItemModel::Pcm } else { ItemModel::Grm };
                models.push((item, several));
            }
        }
        models
    }
}

fn prepare(
    data: &Responses<'_>,
    is_focal: &[Option<bool>],
    spec: &DifSpec,
) -> Result<Prepared, DifError> {
    let shared = SharedCategories::new(data, is_focal);
    let mut counts = vec![[0u32; 2]; data.n_items];
    for (&student, &item) in data.student.iter().zip(data.item) {
        if let Some(focal) = is_focal[student as usize] {
            counts[item as usize][usize::from(focal)] += 1;
        }
    }
    let not_compared = |item: usize| {
        if counts[item].iter().any(|n| *n < spec.min_answers) {
            Some(NoComparison::TooFewAnswers)
        } else {
            (shared.n_categories[item] < 2).then_some(NoComparison::OneCategory)
        }
    };
    let items: Vec<ItemDif> = (0..data.n_items)
        .map(|item| ItemDif {
            item: item as u32,
            n_reference: counts[item][0],
            n_focal: counts[item][1],
            not_compared: not_compared(item),
            mantel_haenszel: None,
            logistic: None,
            model: None,
            model_missing: None,
            p_adjusted: None,
            mantel_haenszel_p_adjusted: None,
            logistic_p_adjusted: None,
            is_anchor: false,
            found: None,
        })
        .collect();
    let used: Vec<u32> =
        items.iter().filter(|item| item.not_compared.is_none()).map(|item| item.item).collect();
    if used.len() < FEWEST_ITEMS {
        return Err(DifError::FewItems { items: used.len(), needed: FEWEST_ITEMS });
    }
    let students = Students { rows: Vec::new(), n_items: used.len() };
    let (student, item, score) = (Vec::new(), Vec::new(), Vec::new());
    let mut prepared = Prepared { student, item, score, shared, items, used, students };
    prepared.take(data, is_focal);
    Ok(prepared)
}

impl Prepared {
    /// Takes the answers of both groups to the compared items.
    fn take(&mut self, data: &Responses<'_>, is_focal: &[Option<bool>]) {
        let mut row = 0;
        for of_student in data.student.chunk_by(|a, b| a == b) {
            let rows = row..row + of_student.len();
            row = rows.end;
            let student = of_student[0];
            let Some(is_focal) = is_focal[student as usize] else { continue };
            let mut answers: Vec<(u32, u8)> = Vec::with_capacity(rows.len());
            for row in rows {
                let item = data.item[row];
                let used = self.items[item as usize].not_compared.is_none();
                let category = self.shared.category(item, data.score[row]);
                let Some(category) = category.filter(|_| used) else { continue };
                self.student.push(student);
                self.item.push(item);
                self.score.push(category);
                answers.push((item, category));
            }
            // The first of several answers to an item is the one that is matched.
            answers.sort_by_key(|answer| answer.0);
            answers.dedup_by_key(|answer| answer.0);
            self.students.rows.push(StudentRow { is_focal, answers });
        }
    }
}

/// Which items carry the scale, and the last scale on the way there.
struct Purified {
    is_anchor: Vec<bool>,
    scale: Option<Scale>,
    rounds: u32,
    settled: bool,
}

fn purify(
    two: &TwoGroups<'_>,
    used: &[u32],
    spec: &DifSpec,
    watch: &mut Watch<'_>,
) -> Result<Purified, DifError> {
    let mut all = vec![false; two.n_items];
    for &item in used {
        all[item as usize] = true;
    }
    let as_they_are = |is_anchor| Ok(Purified { is_anchor, scale: None, rounds: 0, settled: true });
    match &spec.anchors {
        AnchorChoice::AllOthers => as_they_are(all),
        AnchorChoice::Given(given) => {
            let mut is_anchor = vec![false; two.n_items];
            for &item in given {
                if !all.get(item as usize).copied().unwrap_or(false) {
                    let reason = "it has too few answers, or one score, in one of the groups";
                    return Err(DifError::Anchor { item, reason });
                }
                is_anchor[item as usize] = true;
            }
            as_they_are(is_anchor)
        }
        AnchorChoice::Purified => rounds(two, used, all, spec, watch),
    }
}

fn rounds(
    two: &TwoGroups<'_>,
    used: &[u32],
    all: Vec<bool>,
    spec: &DifSpec,
    watch: &mut Watch<'_>,
) -> Result<Purified, DifError> {
    let mut found = Purified { is_anchor: all, scale: None, rounds: 0, settled: false };
    while found.rounds < spec.max_rounds && !found.settled && !watch.stopped {
        let start = (found.scale.as_ref(), false);
        let scale = two.scale(found.is_anchor.clone(), start, watch)?;
        let compared = compare_all(two, used, (&scale, false), watch)?;
        let p: Vec<f64> =
            compared.iter().map(|of| of.as_ref().map_or(0.0, |model| model.total.p)).collect();
        let mut is_anchor = vec![false; two.n_items];
        for (item, p) in used.iter().zip(&p) {
            is_anchor[*item as usize] = *p >= spec.level;
        }
        keep_enough(&mut is_anchor, used, &p);
        found.rounds += 1;
        found.settled = is_anchor == found.is_anchor;
        found.is_anchor = is_anchor;
        found.scale = Some(scale);
    }
    Ok(found)
}

/// Of too few anchors the items that differ least are taken as well.
fn keep_enough(is_anchor: &mut [bool], used: &[u32], p: &[f64]) {
    let fewest = ((FEWEST_ANCHORS * used.len() as f64).ceil() as usize).max(FEWEST_ITEMS - 1);
    let mut order: Vec<usize> = (0..used.len()).collect();
    order.sort_by(|&i, &j| p[j].total_cmp(&p[i]).then(i.cmp(&j)));
    for i in order.into_iter().take(fewest) {
        is_anchor[used[i] as usize] = true;
    }
}

fn compare_all(
    two: &TwoGroups<'_>,
    used: &[u32],
    scale: (&Scale, bool),
    watch: &mut Watch<'_>,
) -> Result<Vec<Result<ModelDif, NoModelDif>>, DifError> {
    used.iter()
        .map(|&item| {
            if watch.stopped {
                return Ok(Err(NoModelDif::Stopped));
            }
            two.compare(item, scale, watch)
        })
        .collect()
}

/// Probabilities adjusted for all items, and what was found.
fn adjust(items: &mut [ItemDif], level: f64) {
    let of = |p: &dyn Fn(&ItemDif) -> Option<f64>| -> Vec<Option<f64>> {
        holm(&items.iter().map(p).collect::<Vec<_>>())
    };
    let model = of(&|item| item.model.as_ref().map(|model| model.total.p));
    let mantel_haenszel = of(&|item| item.mantel_haenszel.map(|found| found.p));
    let logistic = of(&|item| item.logistic.as_ref().map(|found| found.total.p));
    for (at, item) in items.iter_mut().enumerate() {
        item.p_adjusted = model[at];
        item.mantel_haenszel_p_adjusted = mantel_haenszel[at];
        item.logistic_p_adjusted = logistic[at];
        let nonuniform = item.model.as_ref().and_then(|model| model.nonuniform);
        let kind = match nonuniform {
            Some(test) if test.p < level => Kind::Nonuniform,
            _ => Kind::Uniform,
        };
        item.found = model[at].filter(|p| *p < level).map(|_| kind);
    }
}
