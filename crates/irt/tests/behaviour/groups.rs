//! Several groups of students at once.

use seedtest_irt::{
    Anchor, Error, Fit, Groups, Latent, Model, Responses, Silent, Spec, Start, Warning, fit,
    fit_groups,
};
use seedtest_numerics::{Stream, chunks_of_codes, logistic};

/// Two grades with forms of their own and some common items.
struct Grades {
    student: Vec<u32>,
    item: Vec<u32>,
    correct: Vec<u8>,
    of: Vec<u32>,
    n_items: usize,
}

struct Design {
    students: usize,
    own: usize,
    common: usize,
    means: [f64; 2],
    sds: [f64; 2],
    rasch: bool,
}

/// What is said of two grades, with 15 own and 4 common items.
const TWO_GRADES: Design =
    Design { students: 1_000, own: 15, common: 4, means: [-1.0, 1.0], sds: [1.0; 2], rasch: false };

impl Design {
    fn n_items(&self) -> usize {
        2 * self.own + self.common
    }

    /// (a, b) of every item: the own items of the grades around their means, then the common ones.
    fn items(&self) -> Vec<(f64, f64)> {
        let mut stream = Stream::new(77, 0);
        let centre = |item: usize| match item / self.own {
            grade @ (0 | 1) => self.means[grade],
            _ => 0.0,
        };
        let mut draw = |item: usize| {
            let a = stream.lognormal(0.1, 0.25);
            (if self.rasch { 1.0 } else { a }, centre(item) + 0.9 * stream.normal())
        };
        (0..self.n_items()).map(&mut draw).collect()
    }

    fn draw(&self, seed: u64) -> Grades {
        let items = self.items();
        let mut data = Grades {
            student: vec![],
            item: vec![],
            correct: vec![],
            of: vec![],
            n_items: items.len(),
        };
        for student in 0..2 * self.students {
            let grade = student % 2;
            let mut stream = Stream::new(seed, student as u64);
            let theta = self.means[grade] + self.sds[grade] * stream.normal();
            let own = grade * self.own..(grade + 1) * self.own;
            for item in own.chain(2 * self.own..self.n_items()) {
                let (a, b) = items[item];
                data.student.push(student as u32);
                data.item.push(item as u32);
                data.correct.push(u8::from(stream.bernoulli(logistic(a * (theta - b)))));
            }
            data.of.push(grade as u32);
        }
        data
    }
}

impl Grades {
    fn responses(&self) -> Responses<'_> {
        Responses {
            student: &self.student,
            item: &self.item,
            correct: &self.correct,
            n_students: self.of.len(),
            n_items: self.n_items,
        }
    }

    fn fit(&self, spec: &Spec) -> Fit {
        self.try_fit(spec).unwrap()
    }

    fn try_fit(&self, spec: &Spec) -> Result<Fit, Error> {
        let groups = Groups { of: &self.of, n: 2, reference: 0 };
        let chunks = chunks_of_codes(self.of.len());
        fit_groups(&self.responses(), groups, &chunks, spec, &mut Silent)
    }
}

fn differing_forms(found: &Fit) -> Option<f64> {
    found.warnings.iter().find_map(|warning| match warning {
        Warning::FormsDiffer(of) => Some(of.difference),
        _ => None,
    })
}

#[test]
fn two_grades_are_as_far_apart_as_they_are() {
    let data = TWO_GRADES.draw(1);
    let found = data.fit(&Spec::default());
    assert!(found.verdict.converged(), "{:?}", found.verdict);
    let [reference, other] = [found.groups[0].latent, found.groups[1].latent];
    assert_eq!((reference.mean, reference.sd, reference.mean_se), (0.0, 1.0, None));
    assert!(found.groups[0].reference && !found.groups[1].reference);
    // Two standard deviations of the reference apart; 4 common items leave an error of about 0.13.
    let (mean_se, sd_se) = (other.mean_se.unwrap(), other.sd_se.unwrap());
    assert!((0.05..0.25).contains(&mean_se), "{mean_se}");
    assert!((other.mean - 2.0).abs() < 3.0 * mean_se, "{other:?}");
    assert!((other.sd - 1.0).abs() < 3.0 * sd_se, "{other:?}");
    // Nothing is left to say about forms; that four items carry the distance is.
    assert!(differing_forms(&found).is_none(), "{:?}", found.warnings);
    let few = |w: &Warning| matches!(w, Warning::FewCommonItems { items: 4, .. });
    assert!(found.warnings.iter().any(few));
}

#[test]
fn one_population_for_two_grades_pulls_them_together_and_says_so() {
    let data = TWO_GRADES.draw(1);
    let found = fit(&data.responses(), &Spec::default(), &mut Silent).unwrap();
    let mean = |grade: u32| {
        let of_grade = found.abilities.iter().filter(|a| data.of[a.student as usize] == grade);
        of_grade.map(|a| a.theta).sum::<f64>() / 1_000.0
    };
    let apart = mean(1) - mean(0);
    assert!(apart < 1.4, "{apart}");
    let said = differing_forms(&found).unwrap();
    assert!((said.abs() - apart).abs() < 1e-9, "{said} {apart}");
    assert!(found.warnings.iter().any(|w| w.text().contains("--group")));
}

#[test]
fn equal_grades_raise_no_alarm() {
    let mut alarms = 0;
    for seed in 0..40 {
        let design = Design { means: [0.0; 2], students: 250, ..TWO_GRADES };
        let found = fit(&design.draw(seed).responses(), &Spec::default(), &mut Silent).unwrap();
        alarms += u32::from(differing_forms(&found).is_some());
    }
    // 1 % family-wise, and a difference of 0.2 besides: two or more of 40 happen once in a hundred times.
    assert!(alarms <= 1, "{alarms} of 40");
}

#[test]
fn of_the_rasch_model_every_group_has_its_own_standard_deviation() {
    let design = Design { sds: [0.7, 1.5], rasch: true, own: 12, common: 8, ..TWO_GRADES };
    let found = design.draw(3).fit(&Spec::new(Model::Rasch));
    assert!(found.verdict.converged(), "{:?}", found.verdict);
    let [reference, other] = [found.groups[0].latent, found.groups[1].latent];
    assert!(reference.mean == 0.0 && !reference.mean_estimated && reference.sd_estimated);
    let near = |estimate: f64, truth: f64, se: Option<f64>| {
        let se = se.unwrap();
        assert!((estimate - truth).abs() < 3.0 * se && se < 0.1, "{estimate} {truth} ± {se}");
    };
    near(reference.sd, 0.7, reference.sd_se);
    near(other.mean, 2.0, other.mean_se);
    near(other.sd, 1.5, other.sd_se);
}

#[test]
fn intervals_of_means_and_standard_deviations_cover() {
    let design = Design {
        students: 250,
        own: 8,
        common: 8,
        means: [0.0, 0.8],
        sds: [1.0, 1.3],
        ..TWO_GRADES
    };
    let (mut mean, mut sd) = (0u32, 0u32);
    for seed in 100..200 {
        let found = design.draw(seed).fit(&Spec::default());
        let other = found.groups[1].latent;
        let covers = |estimate: f64, truth: f64, se: Option<f64>| {
            u32::from((estimate - truth).abs() < 1.959_964 * se.unwrap())
        };
        mean += covers(other.mean, 0.8, other.mean_se);
        sd += covers(other.sd, 1.3, other.sd_se);
    }
    // Of 100 intervals of 95 %, 89 or fewer cover once in a hundred times.
    assert!(mean >= 90 && sd >= 90, "{mean} {sd}");
}

#[test]
fn one_group_is_a_plain_calibration() {
    let data = TWO_GRADES.draw(4);
    let chunks = chunks_of_codes(data.of.len());
    let of = vec![0; data.of.len()];
    let groups = Groups { of: &of, n: 1, reference: 0 };
    for model in [Model::Rasch, Model::OnePl, Model::TwoPl] {
        let spec = Spec { keep_covariance: true, ..Spec::new(model) };
        let plain = fit(&data.responses(), &spec, &mut Silent).unwrap();
        let grouped = fit_groups(&data.responses(), groups, &chunks, &spec, &mut Silent).unwrap();
        assert_eq!(plain, grouped);
    }
}

#[test]
fn the_number_of_threads_does_not_show() {
    let data = TWO_GRADES.draw(5);
    let spec = Spec { keep_covariance: true, ..Spec::default() };
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        serde_json::to_string(&pool.install(|| data.fit(&spec))).unwrap()
    };
    assert_eq!(on(1), on(3));
}

#[test]
fn fixed_anchors_free_every_group() {
    let data = TWO_GRADES.draw(6);
    let items = TWO_GRADES.items();
    let anchors = (0..items.len() as u32)
        .step_by(3)
        .map(|item| {
            let (a, b) = items[item as usize];
            Anchor { item, a, b, c: 0.0, fixed: true }
        })
        .collect();
    let found = data.fit(&Spec { anchors, ..Spec::default() });
    for (group, truth) in found.groups.iter().zip([-1.0, 1.0]) {
        let latent = group.latent;
        assert!(latent.mean_estimated && latent.sd_estimated);
        assert!((latent.mean - truth).abs() < 3.5 * latent.mean_se.unwrap(), "{latent:?}");
    }
}

#[test]
fn a_known_reference_moves_the_scale_only() {
    let data = TWO_GRADES.draw(7);
    let plain = data.fit(&Spec::default());
    let latent = Latent::Fixed { mean: 5.0, sd: 2.0 };
    let moved = data.fit(&Spec { latent, ..Spec::default() });
    assert!((moved.groups[1].latent.mean - (5.0 + 2.0 * plain.groups[1].latent.mean)).abs() < 1e-3);
    assert!((moved.log_likelihood - plain.log_likelihood).abs() < 1e-3);
}

#[test]
fn a_start_changes_the_time_and_not_the_result() {
    let data = TWO_GRADES.draw(8);
    let cold = data.fit(&Spec::default());
    let warm = data.fit(&Spec { start: Some(Start::from(&cold)), ..Spec::default() });
    assert!(warm.verdict.iterations < cold.verdict.iterations);
    assert!((warm.groups[1].latent.mean - cold.groups[1].latent.mean).abs() < 1e-4);
}

#[test]
fn what_cannot_be_placed_is_refused() {
    let apart = Design { common: 0, ..TWO_GRADES }.draw(9);
    let refused = apart.try_fit(&Spec::default()).unwrap_err();
    assert_eq!(refused, Error::UnlinkedGroups { groups: vec![1], to_anchors: false });
    assert!(refused.to_string().contains("reference group"));
    let anchors = vec![Anchor { item: 20, a: 1.0, b: 1.0, c: 0.0, fixed: true }];
    let refused = apart.try_fit(&Spec { anchors, ..Spec::default() }).unwrap_err();
    assert_eq!(refused, Error::UnlinkedGroups { groups: vec![0], to_anchors: true });
    let data = TWO_GRADES.draw(9);
    let chunks = chunks_of_codes(data.of.len());
    let with = |groups: Groups<'_>| {
        fit_groups(&data.responses(), groups, &chunks, &Spec::default(), &mut Silent).unwrap_err()
    };
    let (of, few) = (&data.of[..], &data.of[1..]);
    let short = Error::Groups { groups: few.len(), n_students: of.len() };
    assert_eq!(with(Groups { of: few, n: 2, reference: 0 }), short);
    let code = Error::GroupCode { student: 1, group: 1, n: 1 };
    assert_eq!(with(Groups { of, n: 1, reference: 0 }), code);
    assert_eq!(
        with(Groups { of, n: 2, reference: 2 }),
        Error::ReferenceGroup { reference: 2, n: 2 }
    );
}
