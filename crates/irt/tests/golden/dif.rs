//! Differential item functioning against figures of programs nobody here wrote; `data/dif.json` names them.
//! Items 5 and 12 are harder for the focal group by half a unit, item 17 has another slope in it.

use std::io::Read;

use flate2::read::GzDecoder;
use seedtest_irt::dif::{
    AnchorChoice, Dif, DifSpec, Kind, LogisticDif, MantelHaenszel, ModelDif, dif, lord, raju_area,
};
use seedtest_irt::polytomous::{ItemModel, Responses, Spec};
use seedtest_irt::{Groups, ItemParameters, LinkItem, LinkMethod, LinkSpec, Rule, Silent, link};
use serde::Deserialize;

#[derive(Deserialize)]
struct Reference {
    points: usize,
    range: [f64; 2],
    anchors: Vec<u32>,
    mantel_haenszel_total: Vec<Mh>,
    mantel_haenszel_anchors: Vec<Mh>,
    logistic_total: Vec<Logistic>,
    logistic_anchors: Vec<Logistic>,
    all_others: Vec<Model>,
    true_anchors: Vec<Model>,
    focal: Focal,
    separate: Vec<Separate>,
    link: Constants,
}

#[derive(Deserialize)]
struct Mh {
    chi2_cc: f64,
    p_cc: f64,
    chi2_no_cc: f64,
    alpha: f64,
    se_ln_alpha: f64,
    delta: f64,
    se_delta: f64,
    ets_class: String,
    std_p_dif: f64,
}

#[derive(Deserialize)]
struct Logistic {
    total: f64,
    uniform: f64,
    nonuniform: f64,
    group_effect: f64,
    delta_r2: f64,
    delta_r2_uniform: f64,
}

#[derive(Deserialize)]
struct Model {
    total: f64,
    uniform: f64,
    nonuniform: f64,
    wald: f64,
    a: [f64; 2],
    b: [f64; 2],
}

#[derive(Deserialize)]
struct Focal {
    all_equal: Population,
    true_anchors: Population,
}

#[derive(Deserialize)]
struct Population {
    mean: f64,
    sd: f64,
}

#[derive(Deserialize)]
struct Separate {
    a_ref: f64,
    b_ref: f64,
    a_focal_linked: f64,
    b_focal_linked: f64,
    cov_ref: [[f64; 2]; 2],
    cov_focal_linked: [[f64; 2]; 2],
    lord_chi2: f64,
    raju_signed: f64,
    raju_signed_se: f64,
    raju_unsigned: f64,
    #[serde(rename = "raju_H_se_delta")]
    raju_h_se: f64,
}

#[derive(Deserialize)]
#[allow(non_snake_case)]
struct Constants {
    A: f64,
    B: f64,
}

fn reference() -> Reference {
    serde_json::from_str(include_str!("data/dif.json")).unwrap()
}

/// Student, item, score, and the group of every student.
struct Data {
    student: Vec<u32>,
    item: Vec<u32>,
    score: Vec<u8>,
    group: Vec<u32>,
}

impl Data {
    fn read() -> Self {
        let mut text = String::new();
        GzDecoder::new(&include_bytes!("data/dif.txt.gz")[..]).read_to_string(&mut text).unwrap();
        let mut data = Self { student: vec![], item: vec![], score: vec![], group: vec![] };
        for (student, line) in (0u32..).zip(text.lines()) {
            let digits: Vec<u8> = line.bytes().map(|c| c - b'0').collect();
            data.group.push(u32::from(digits[0] - 1));
            for (item, digit) in (0u32..).zip(&digits[1..]) {
                data.student.push(student);
                data.item.push(item);
                data.score.push(*digit);
            }
        }
        data
    }

    fn responses(&self) -> Responses<'_> {
        Responses {
            student: &self.student,
            item: &self.item,
            score: &self.score,
            n_students: self.group.len(),
            n_items: 20,
            maximum: None,
        }
    }

    /// On the grid of the reference.
    fn compare(&self, anchors: AnchorChoice, purified_score: bool) -> Dif {
        let Reference { points, range: [min, max], .. } = reference();
        self.compare_on(Rule::Grid { points, min, max }, anchors, purified_score)
    }

    fn compare_on(&self, quadrature: Rule, anchors: AnchorChoice, purified_score: bool) -> Dif {
        let model = Spec { quadrature, ..Spec::new(ItemModel::TwoPl) };
        let spec = DifSpec { model, anchors, purified_score, ..DifSpec::default() };
        let groups = Groups { of: &self.group, n: 2, reference: 0 };
        let mut found = dif(&self.responses(), groups, &spec, &mut Silent).unwrap();
        assert_eq!(found.len(), 1);
        found.remove(0)
    }
}

fn close(found: f64, expected: f64, tolerance: f64, what: &str) {
    assert!((found - expected).abs() < tolerance, "{what}: {found} for {expected}");
}

fn check_mh(found: MantelHaenszel, expected: &Mh, what: &str) {
    // Closed forms: only rounding differs.
    const SAME: f64 = 1e-9;
    let odds = found.odds.unwrap();
    for (found, expected) in [
        (found.chi_square, expected.chi2_cc),
        (found.p, expected.p_cc),
        (found.chi_square_uncorrected, expected.chi2_no_cc),
        (odds.alpha, expected.alpha),
        (odds.ln_alpha_se, expected.se_ln_alpha),
        (odds.delta, expected.delta),
        (odds.delta_se, expected.se_delta),
        (found.standardised_difference, expected.std_p_dif),
    ] {
        close(found, expected, SAME * (1.0 + expected.abs()), what);
    }
    assert_eq!(format!("{:?}", found.class), expected.ets_class, "{what}");
}

fn check_logistic(found: &LogisticDif, expected: &Logistic, what: &str) {
    // Strictly concave, and the last Newton step is still taken.
    const SAME: f64 = 1e-7;
    for (found, expected) in [
        (found.total.chi_square, expected.total),
        (found.uniform.chi_square, expected.uniform),
        (found.nonuniform.chi_square, expected.nonuniform),
        (found.group_effect, expected.group_effect),
        (found.delta_r2, expected.delta_r2),
        (found.delta_r2_uniform, expected.delta_r2_uniform),
    ] {
        close(found, expected, SAME * (1.0 + expected.abs()), what);
    }
    assert_eq!((found.total.df, found.uniform.df, found.nonuniform.df), (2, 1, 1));
}

fn check_model(found: &ModelDif, expected: &Model, what: &str) {
    // Log-likelihoods of the reference are good to 1e-6; ours stop at a gradient of 1e-5.
    const OF_LIKELIHOODS: f64 = 1e-3;
    close(found.total.chi_square, expected.total, OF_LIKELIHOODS, what);
    close(found.uniform.unwrap().chi_square, expected.uniform, OF_LIKELIHOODS, what);
    close(found.nonuniform.unwrap().chi_square, expected.nonuniform, OF_LIKELIHOODS, what);
    assert_eq!(found.total.df, 2);
    close(found.wald.unwrap().chi_square, expected.wald, 0.002 * (1.0 + expected.wald), what);
    for (curves, side) in [(&found.reference, 0), (&found.focal, 1)] {
        close(curves.slope().unwrap(), expected.a[side], 1e-3, what);
        close(curves.difficulties()[0], expected.b[side], 1e-3, what);
    }
}

fn check(found: &Dif, (mh, logistic, model): (&[Mh], &[Logistic], &[Model]), focal: &Population) {
    let impact = found.impact.unwrap();
    close(impact.mean, focal.mean, 1e-3, "mean");
    close(impact.sd, focal.sd, 1e-3, "sd");
    assert_eq!((found.n_reference, found.n_focal, found.incomplete), (1_500, 1_500, 0));
    assert_eq!(found.items.len(), 20);
    for (j, item) in found.items.iter().enumerate() {
        let what = format!("item {}", j + 1);
        check_mh(item.mantel_haenszel.unwrap(), &mh[j], &what);
        check_logistic(item.logistic.as_ref().unwrap(), &logistic[j], &what);
        check_model(item.model.as_ref().unwrap(), &model[j], &what);
    }
}

#[test]
fn with_all_others_as_anchors_and_the_whole_score() {
    let reference = reference();
    let found = Data::read().compare(AnchorChoice::AllOthers, false);
    let Reference { mantel_haenszel_total, logistic_total, all_others, focal, .. } = &reference;
    check(&found, (mantel_haenszel_total, logistic_total, all_others), &focal.all_equal);
}

#[test]
fn with_given_anchors() {
    let reference = reference();
    let Reference {
        mantel_haenszel_anchors, logistic_anchors, true_anchors, focal, anchors, ..
    } = &reference;
    let found = Data::read().compare(AnchorChoice::Given(anchors.clone()), true);
    assert_eq!(&found.anchors, anchors);
    check(&found, (mantel_haenszel_anchors, logistic_anchors, true_anchors), &focal.true_anchors);
}

#[test]
fn purified_anchors_leave_the_items_out_that_differ() {
    // No figures to compare with: a coarser grid does.
    let quadrature = Rule::Grid { points: 31, min: -5.0, max: 5.0 };
    let found = Data::read().compare_on(quadrature, AnchorChoice::Purified, true);
    for item in [4, 11, 16] {
        assert!(!found.anchors.contains(&item), "{:?}", found.anchors);
    }
    // One clean item in twenty leaves at the unadjusted level.
    assert!(found.anchors.len() >= 14, "{:?}", found.anchors);
    let differ: Vec<(u32, Kind)> =
        found.items.iter().filter_map(|item| Some((item.item, item.found?))).collect();
    // Item 17 has χ² = 11.7 with two degrees of freedom, p = 0.003: not enough for twenty items.
    assert_eq!(differ, [(4, Kind::Uniform), (11, Kind::Uniform)]);
    let slope = found.items[16].model.as_ref().unwrap();
    assert!(slope.total.p < 0.01 && slope.nonuniform.unwrap().p < 0.01, "{slope:?}");
    // Item 5 is harder for the focal group by half a unit at a slope of about 1.2.
    let model = found.items[4].model.as_ref().unwrap();
    assert!((-0.14..-0.07).contains(&model.expected_difference), "{model:?}");
    close(model.expected_distance, -model.expected_difference, 1e-3, "one sign");
    let area = model.area.unwrap();
    assert!((area.signed - 0.5).abs() < 3.0 * area.signed_se, "{area:?}");
}

/// Groups calibrated apart, brought to one scale by mean/sigma over all items, A and B taken as known.
#[test]
fn areas_and_lords_test_of_separate_calibrations() {
    let Reference { separate, link: constants, points, range: [min, max], .. } = reference();
    let data = Data::read();
    let fit = |group: u32| {
        let keep = |row: &usize| data.group[data.student[*row] as usize] == group;
        let rows: Vec<usize> = (0..data.item.len()).filter(keep).collect();
        let of = |column: &[u32]| rows.iter().map(|row| column[*row]).collect::<Vec<u32>>();
        let (student, item) = (of(&data.student), of(&data.item));
        let correct: Vec<u8> = rows.iter().map(|row| data.score[*row]).collect();
        let responses = seedtest_irt::Responses {
            student: &student,
            item: &item,
            correct: &correct,
            n_students: data.group.len(),
            n_items: 20,
        };
        let quadrature = Rule::Grid { points, min, max };
        let spec = seedtest_irt::Spec { quadrature, ..seedtest_irt::Spec::default() };
        seedtest_irt::fit(&responses, &spec, &mut Silent).unwrap()
    };
    let (on_reference, on_focal) = (fit(0), fit(1));
    let anchors: Vec<LinkItem> = on_focal
        .items
        .iter()
        .zip(&on_reference.items)
        .map(|(new, old)| LinkItem { item: new.item, new: new.into(), old: old.into() })
        .collect();
    let spec = LinkSpec { method: LinkMethod::MeanSigma, ..LinkSpec::default() };
    let found = link(&anchors, &spec, (None, None)).unwrap();
    close(found.slope, constants.A, 1e-3, "A");
    close(found.intercept, constants.B, 1e-3, "B");
    let covariance = |item: &seedtest_irt::ItemFit, slope: f64| {
        let se = item.se.unwrap();
        let (a, b, ab) = (se.a.unwrap() / slope, se.b.unwrap() * slope, se.ab.unwrap());
        [[a * a, ab], [ab, b * b]]
    };
    for ((reference, focal), expected) in
        on_reference.items.iter().zip(&on_focal.items).zip(&separate)
    {
        let linked = ItemParameters::from(focal).on_scale(found.slope, found.intercept);
        let own = ItemParameters::from(reference);
        close(own.a, expected.a_ref, 1e-3, "a of the reference group");
        close(linked.b, expected.b_focal_linked, 2e-3, "linked b");
        let (v, w) = (covariance(reference, 1.0), covariance(focal, found.slope));
        close(v[0][1], expected.cov_ref[0][1], 2e-5, "covariance");
        close(w[0][1], expected.cov_focal_linked[0][1], 2e-5, "linked covariance");
        let test = lord((&own, &v), (&linked, &w));
        close(test.chi_square / expected.lord_chi2, 1.0, 0.01, "Lord");
        let area = raju_area((&own, &v), (&linked, &w));
        close(area.signed, expected.raju_signed, 2e-3, "signed area");
        close(area.signed_se / expected.raju_signed_se, 1.0, 0.01, "its error");
        close(area.unsigned, expected.raju_unsigned, 2e-3, "unsigned area");
    }
}

/// The formulas at the very numbers of the reference.
#[test]
fn areas_at_given_parameters() {
    for expected in reference().separate {
        let reference = ItemParameters { a: expected.a_ref, b: expected.b_ref, c: 0.0 };
        let focal =
            ItemParameters { a: expected.a_focal_linked, b: expected.b_focal_linked, c: 0.0 };
        let (v, w) = (&expected.cov_ref, &expected.cov_focal_linked);
        let area = raju_area((&reference, v), (&focal, w));
        close(area.unsigned, expected.raju_unsigned, 1e-8, "area");
        close(area.h_se, expected.raju_h_se, 1e-6, "its error");
        let test = lord((&reference, v), (&focal, w));
        close(test.chi_square, expected.lord_chi2, 1e-8 * (1.0 + expected.lord_chi2), "Lord");
    }
}
