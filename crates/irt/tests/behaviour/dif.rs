//! Comparisons of groups on simulated and wrong input.

use seedtest_irt::dif::{
    AnchorChoice, Class, Dif, DifError, DifSpec, Kind, NoComparison, NoModelDif, dif,
};
use seedtest_irt::polytomous::{CategoryCurves, ItemModel, Responses, Spec};
use seedtest_irt::{Control, Groups, Progress, Silent};

use crate::polytomous::{Scored, abilities, graded};

/// Answers of two groups: the reference group first, then the focal group with its own curves of some items.
struct TwoGroups {
    data: Scored,
    of: Vec<u32>,
}

impl TwoGroups {
    fn draw(
        seed: u64,
        n: [usize; 2],
        items: &[CategoryCurves],
        focal: &[(usize, CategoryCurves)],
        share: f64,
    ) -> Self {
        let mut theirs = items.to_vec();
        for (item, curves) in focal {
            theirs[*item] = curves.clone();
        }
        let mut data =
            Scored::draw(seed, abilities(seed + 70, n[0], 0.0, 1.0), items.to_vec(), share);
        let other = Scored::draw(seed + 1, abilities(seed + 71, n[1], -0.5, 0.9), theirs, share);
        data.student.extend(other.student.iter().map(|student| student + n[0] as u32));
        data.item.extend(other.item);
        data.score.extend(other.score);
        data.theta.extend(other.theta);
        let of = (0..n[0] + n[1]).map(|student| u32::from(student >= n[0])).collect();
        Self { data, of }
    }

    fn responses(&self) -> Responses<'_> {
        self.data.responses()
    }

    fn groups(&self) -> Groups<'_> {
        Groups { of: &self.of, n: 2, reference: 0 }
    }

    fn compare(&self, spec: &DifSpec) -> Dif {
        dif(&self.responses(), self.groups(), spec, &mut Silent).unwrap().remove(0)
    }
}

fn shifted(curves: &CategoryCurves, by: f64) -> CategoryCurves {
    let b: Vec<f64> = curves.difficulties().iter().map(|b| b + by).collect();
    CategoryCurves::graded_at(curves.slope().unwrap(), &b)
}

fn found(of: &Dif) -> Vec<u32> {
    of.items.iter().filter(|item| item.found.is_some()).map(|item| item.item).collect()
}

#[test]
fn items_with_several_categories_that_differ_are_found_in_every_way() {
    let items = graded(201, 8, 3);
    let steeper =
        CategoryCurves::graded_at(2.2 * items[6].slope().unwrap(), &items[6].difficulties());
    let theirs = [(2, shifted(&items[2], 0.7)), (5, steeper)];
    let two = TwoGroups::draw(202, [900, 800], &items, &theirs, 1.0);
    let compared = two.compare(&DifSpec::default());
    // One of the others may be found once in twenty times.
    let differ = found(&compared);
    assert!(differ.contains(&2) && differ.contains(&5) && differ.len() < 4, "{differ:?}");
    assert!(!compared.anchors.contains(&2) && !compared.anchors.contains(&5));
    let [harder, steeper] = [2, 5].map(|item| &compared.items[item]);
    assert!(harder.found.is_some());
    assert_eq!(steeper.found, Some(Kind::Nonuniform));
    // Negative everywhere: harder for the focal group.
    let model = harder.model.as_ref().unwrap();
    let (mh, logistic) = (harder.mantel_haenszel.unwrap(), harder.logistic.as_ref().unwrap());
    assert!(model.expected_difference < -0.08 && mh.standardised_difference < -0.05);
    assert!(logistic.group_effect < -3.0 * logistic.group_effect_se);
    assert_eq!((mh.class, mh.odds.is_none()), (Class::C, true));
    // Four parameters, of which three are intercepts.
    assert_eq!(model.total.df, 4);
    assert_eq!((model.uniform.unwrap().df, model.nonuniform.unwrap().df), (3, 1));
    assert_eq!(model.wald.unwrap().df, 4);
    let nonuniform = model.nonuniform.unwrap().chi_square;
    assert!(model.uniform.unwrap().chi_square > 4.0 * nonuniform, "{model:?}");
    let split = model.uniform.unwrap().chi_square + model.nonuniform.unwrap().chi_square;
    assert!((split - model.total.chi_square).abs() < 1e-4);
    let impact = compared.impact.unwrap();
    assert!((impact.mean + 0.5).abs() < 4.0 * impact.mean_se.unwrap() + 0.1, "{impact:?}");
    assert!(
        compared.items.iter().all(|item| item.p_adjusted >= item.model.as_ref().map(|m| m.total.p))
    );
}

#[test]
fn equal_items_raise_few_alarms() {
    let items = graded(203, 7, 1);
    let (mut alarms, mut small) = (0, 0);
    for seed in 0..5 {
        let two = TwoGroups::draw(300 + 2 * seed, [500, 500], &items, &[], 1.0);
        let spec = DifSpec { model: Spec::new(ItemModel::TwoPl), ..DifSpec::default() };
        let compared = two.compare(&spec);
        alarms += usize::from(!found(&compared).is_empty());
        small += compared.items.iter().filter(|i| i.model.as_ref().unwrap().total.p < 0.05).count();
    }
    // Family-wise 5 %: three or more of 5 happen once in a thousand times. Of 35 tests at 5 % two are expected, and
    // seven or more once in five hundred times.
    assert!(alarms <= 2, "{alarms}");
    assert!(small <= 6, "{small}");
}

#[test]
fn models_with_slope_one_compare_difficulties_alone() {
    let items: Vec<CategoryCurves> = [-0.8, -0.3, 0.0, 0.4, 0.7]
        .map(|b| CategoryCurves::partial_credit_at(1.0, &[b - 0.4, b + 0.5]))
        .to_vec();
    let theirs = [(3, CategoryCurves::partial_credit_at(1.0, &[0.6, 1.5]))];
    let two = TwoGroups::draw(204, [700, 700], &items, &theirs, 1.0);
    let spec = DifSpec { model: Spec::new(ItemModel::Pcm), ..DifSpec::default() };
    let compared = two.compare(&spec);
    assert_eq!(found(&compared), [3]);
    let model = compared.items[3].model.as_ref().unwrap();
    assert_eq!((model.total.df, model.uniform, model.nonuniform), (2, None, None));
    assert_eq!(model.wald.unwrap().df, 2);
    let ratio = model.wald.unwrap().chi_square / model.total.chi_square;
    assert!((0.85..1.15).contains(&ratio), "{ratio}");
}

#[test]
fn answers_that_are_missing_by_design_are_matched_within_forms() {
    let items = graded(205, 9, 1);
    let theirs = [(1, shifted(&items[1], 0.9))];
    let mut two = TwoGroups::draw(206, [1_500, 1_500], &items, &theirs, 1.0);
    // Two forms: items 0 to 5, and 0, 1, 2 with 6 to 8.
    let keep: Vec<bool> = two
        .data
        .student
        .iter()
        .zip(&two.data.item)
        .map(|(student, item)| if student % 2 == 0 { *item < 6 } else { *item < 3 || *item > 5 })
        .collect();
    let mut kept = keep.iter();
    two.data.student.retain(|_| *kept.next().unwrap());
    let mut kept = keep.iter();
    two.data.item.retain(|_| *kept.next().unwrap());
    let mut kept = keep.iter();
    two.data.score.retain(|_| *kept.next().unwrap());
    let compared = two.compare(&DifSpec::default());
    assert_eq!(found(&compared), [1]);
    assert_eq!(compared.incomplete, 3_000);
    let differs = &compared.items[1];
    assert_eq!(differs.mantel_haenszel.unwrap().class, Class::C);
    assert!(differs.logistic.is_none());
    let clean = compared.items.iter().filter(|item| item.item != 1);
    let large = clean.filter(|item| item.mantel_haenszel.is_none_or(|mh| mh.class == Class::C));
    assert_eq!(large.count(), 0);
}

#[test]
fn scores_of_one_group_alone_are_joined_and_said() {
    let items = graded(207, 5, 3);
    let mut two = TwoGroups::draw(208, [400, 400], &items, &[], 1.0);
    for ((student, item), score) in
        two.data.student.iter().zip(&two.data.item).zip(&mut two.data.score)
    {
        if *item == 2 && *student >= 400 && *score == 3 {
            *score = 2;
        }
    }
    let compared = two.compare(&DifSpec::default());
    let [joined] = &compared.joined[..] else { panic!("{:?}", compared.joined) };
    assert_eq!((joined.item, &*joined.scores), (2, &[3][..]));
    assert!(compared.items[2].found.is_none());
    assert_eq!(compared.items[2].model.as_ref().unwrap().total.df, 3);
}

#[test]
fn what_cannot_be_compared_is_refused_or_said() {
    let items = graded(209, 5, 1);
    let two = TwoGroups::draw(210, [300, 300], &items, &[], 1.0);
    let refused = |of: &[u32], n: usize, spec: &DifSpec| {
        let groups = Groups { of, n, reference: 0 };
        dif(&two.responses(), groups, spec, &mut Silent).unwrap_err()
    };
    let three: Vec<u32> = (0..600).map(|student| u32::from(student < 3)).collect();
    let error = refused(&three, 2, &DifSpec::default());
    assert!(matches!(error, DifError::SmallGroup { group: 1, n: 3, needed: 100 }), "{error}");
    assert!(error.hint().contains("join small groups"));
    let error = refused(&[0; 600], 1, &DifSpec::default());
    assert!(matches!(error, DifError::OneGroup { n: 1 }));
    let given = DifSpec { anchors: AnchorChoice::Given(vec![7]), ..DifSpec::default() };
    assert!(matches!(refused(&two.of, 2, &given), DifError::Anchor { item: 7, .. }));
    let level = DifSpec { level: 1.5, ..DifSpec::default() };
    assert!(matches!(refused(&two.of, 2, &level), DifError::Spec { field: "level", .. }));
    let many = DifSpec { min_answers: 301, ..DifSpec::default() };
    assert!(matches!(refused(&two.of, 2, &many), DifError::FewItems { items: 0, .. }));

    // An item that the focal group hardly answered is named, and the others are compared.
    let mut kept = 0;
    let rows: Vec<usize> = (0..two.data.item.len())
        .filter(|row| {
            let rare = two.data.item[*row] == 4 && two.data.student[*row] >= 300;
            kept += u32::from(rare);
            !rare || kept <= 20
        })
        .collect();
    let column = |of: &[u32]| rows.iter().map(|row| of[*row]).collect::<Vec<u32>>();
    let (student, item) = (column(&two.data.student), column(&two.data.item));
    let score: Vec<u8> = rows.iter().map(|row| two.data.score[*row]).collect();
    let thin = Responses { student: &student, item: &item, score: &score, ..two.responses() };
    let compared = dif(&thin, two.groups(), &DifSpec::default(), &mut Silent).unwrap().remove(0);
    let rare = &compared.items[4];
    assert_eq!((rare.n_focal, rare.not_compared), (20, Some(NoComparison::TooFewAnswers)));
    assert!(rare.model.is_none() && rare.mantel_haenszel.is_none());
    assert!(compared.items[..4].iter().all(|item| item.model.is_some()));
}

#[test]
fn a_comparison_that_is_stopped_says_so() {
    let two = TwoGroups::draw(211, [300, 300], &graded(212, 5, 1), &[], 1.0);
    let mut seen = 0;
    let mut stop = |_: &Progress| {
        seen += 1;
        if seen > 40 { Control::Stop } else { Control::Continue }
    };
    let compared =
        dif(&two.responses(), two.groups(), &DifSpec::default(), &mut stop).unwrap().remove(0);
    let stopped = compared.items.iter().filter(|i| i.model_missing == Some(NoModelDif::Stopped));
    assert!(stopped.count() > 0);
    assert!(compared.items.iter().all(|item| item.mantel_haenszel.is_some()));
}
