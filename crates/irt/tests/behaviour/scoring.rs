//! Scores maximise what they say they do.

use proptest::prelude::*;
use seedtest_irt::{
    ItemParameters, Normal, Prior, Responses, ScoreError, ScoreMethod, ScoreSpec, TopicSpec,
    plausible_values, score, score_answers, score_distribution, topic_abilities,
};
use seedtest_numerics::{Stream, logistic};

use crate::simulation::{Simulated, abilities, items};

const STANDARD: Normal = Normal { mean: 0.0, sd: 1.0 };

fn parameters(data: &Simulated) -> Vec<Option<ItemParameters>> {
    data.items.iter().map(|&(a, b, c)| Some(ItemParameters { a, b, c })).collect()
}

fn spec(method: ScoreMethod) -> ScoreSpec {
    ScoreSpec { method, ..ScoreSpec::default() }
}

fn some_answers(seed: u64, n: usize, guessing: bool) -> Vec<(ItemParameters, bool)> {
    let mut stream = Stream::new(seed, 1);
    let theta = stream.normal();
    (0..n)
        .map(|_| {
            let (a, b) = (stream.lognormal(0.0, 0.3), stream.normal());
            let item = ItemParameters { a, b, c: if guessing { 0.2 } else { 0.0 } };
            (item, stream.bernoulli(item.probability(theta)))
        })
        .collect()
}

fn log_likelihood(answers: &[(ItemParameters, bool)], theta: f64) -> f64 {
    answers
        .iter()
        .map(|(item, right)| {
            let p = item.probability(theta);
            if *right { p.ln() } else { (1.0 - p).ln() }
        })
        .sum()
}

/// Highest point of a function on a grid of 1e-4.
fn grid_maximum(f: impl Fn(f64) -> f64) -> f64 {
    let coarse = (-600..=600).map(|i| 0.01 * f64::from(i));
    let near = coarse.max_by(|x, y| f(*x).total_cmp(&f(*y))).unwrap();
    let fine = (-200..=200).map(|i| near + 1e-4 * f64::from(i));
    fine.max_by(|x, y| f(*x).total_cmp(&f(*y))).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn modes_are_where_the_criterion_is_highest(seed in any::<u64>(), guessing in any::<bool>()) {
        let answers = some_answers(seed, 15, guessing);
        let found = score_answers(&answers, STANDARD, &spec(ScoreMethod::Map)).theta.unwrap();
        let best = grid_maximum(|t| log_likelihood(&answers, t) - 0.5 * t * t);
        prop_assert!((found - best).abs() < 1e-3);
        let n_right = answers.iter().filter(|a| a.1).count();
        if !guessing && n_right > 2 && n_right < 13 {
            let found = score_answers(&answers, STANDARD, &spec(ScoreMethod::Ml)).theta.unwrap();
            prop_assert!((found - grid_maximum(|t| log_likelihood(&answers, t))).abs() < 1e-3);
        }
        if !guessing {
            // For the 2PL the weighted likelihood is L·√I (Warm 1989).
            let information =
                |t: f64| answers.iter().map(|(item, _)| item.information(t)).sum::<f64>();
            let best = grid_maximum(|t| log_likelihood(&answers, t) + 0.5 * information(t).ln());
            let found = score_answers(&answers, STANDARD, &spec(ScoreMethod::Wle)).theta.unwrap();
            prop_assert!((found - best).abs() < 1e-3 || best.abs() > 5.9, "{found} {best}");
        }
    }

    #[test]
    fn information_is_the_expected_square_of_the_score(
        a in 0.3f64..2.5,
        b in -2.0f64..2.0,
        c in 0.0f64..0.4,
        theta in -3.0f64..3.0,
    ) {
        let item = ItemParameters { a, b, c };
        let h = 1e-5;
        let slope = (item.probability(theta + h) - item.probability(theta - h)) / (2.0 * h);
        let p = item.probability(theta);
        prop_assert!((item.information(theta) - slope * slope / (p * (1.0 - p))).abs() < 1e-7);
    }

    #[test]
    fn a_finer_grid_changes_nothing(seed in any::<u64>(), n in 1usize..400) {
        let answers = some_answers(seed, n, false);
        let usual = score_answers(&answers, STANDARD, &ScoreSpec::default());
        let fine = ScoreSpec { points: 1001, ..ScoreSpec::default() };
        let fine = score_answers(&answers, STANDARD, &fine);
        // The grids end six prior standard deviations from the mean. After a long run of right (or
        // wrong) answers the posterior reaches the end node, and how much mass that node stands
        // for depends on the step: up to 2e-5 in the standard error over 30 000 drawn patterns.
        prop_assert!((usual.theta.unwrap() - fine.theta.unwrap()).abs() < 1e-4);
        prop_assert!((usual.se.unwrap() - fine.se.unwrap()).abs() < 1e-4);
    }

    #[test]
    fn scores_have_the_distribution_of_the_sum(seed in any::<u64>()) {
        let items: Vec<ItemParameters> =
            some_answers(seed, 5, true).into_iter().map(|a| a.0).collect();
        let found = score_distribution(&items, 0.3);
        let mut expected = vec![0.0; 6];
        for pattern in 0u32..32 {
            let p: f64 = items
                .iter()
                .enumerate()
                .map(|(i, item)| {
                    let p = item.probability(0.3);
                    if pattern >> i & 1 == 1 { p } else { 1.0 - p }
                })
                .product();
            expected[pattern.count_ones() as usize] += p;
        }
        for (f, e) in found.iter().zip(expected) {
            prop_assert!((f - e).abs() < 1e-14);
        }
    }
}

#[test]
fn weighted_likelihood_is_finite_for_every_pattern() {
    for right in [true, false] {
        let answers: Vec<_> =
            some_answers(3, 12, false).into_iter().map(|(item, _)| (item, right)).collect();
        let found = score_answers(&answers, STANDARD, &spec(ScoreMethod::Wle));
        let theta = found.theta.unwrap();
        assert!(theta.is_finite() && (theta > 0.0) == right && found.se.unwrap() > 0.3);
    }
}

#[test]
fn subgroup_priors_pull_towards_their_means() {
    let data = Simulated::new(91, abilities(92, 200, 0.0, 1.0), items(93, 10), 5);
    let priors: Vec<Normal> =
        (0..200).map(|s| Normal { mean: f64::from(s % 2) * 2.0 - 1.0, sd: 0.7 }).collect();
    let parameters = parameters(&data);
    let same = score(&data.responses(), &parameters, Prior::default(), &ScoreSpec::default());
    let grouped = Prior::PerStudent(&priors);
    let grouped = score(&data.responses(), &parameters, grouped, &ScoreSpec::default()).unwrap();
    for (x, y) in same.unwrap().scores.iter().zip(&grouped.scores) {
        let up = x.student % 2 == 1;
        assert_eq!(y.theta > x.theta, up);
    }
}

#[test]
fn an_update_after_a_session_is_near_the_full_score() {
    let answers = some_answers(5, 60, false);
    let all = score_answers(&answers, STANDARD, &ScoreSpec::default());
    let before = score_answers(&answers[..50], STANDARD, &ScoreSpec::default());
    let prior = Normal { mean: before.theta.unwrap(), sd: before.se.unwrap() };
    let after = score_answers(&answers[50..], prior, &ScoreSpec::default());
    // What is lost is the skewness of a posterior after 50 answers.
    assert!((after.theta.unwrap() - all.theta.unwrap()).abs() < 0.1 * all.se.unwrap());
    assert!((after.se.unwrap() / all.se.unwrap() - 1.0).abs() < 0.05);
}

#[test]
fn plausible_values_have_the_moments_of_the_posterior() {
    let data = Simulated::new(94, abilities(95, 50, 0.0, 1.0), items(96, 20), 12);
    let parameters = parameters(&data);
    let draw = |seed| {
        plausible_values(&data.responses(), &parameters, Prior::default(), 61, 2_000, seed).unwrap()
    };
    let eap = score(&data.responses(), &parameters, Prior::default(), &ScoreSpec::default());
    for (draws, eap) in draw(1).iter().zip(eap.unwrap().scores) {
        let n = draws.values.len() as f64;
        let mean = draws.values.iter().sum::<f64>() / n;
        let variance = draws.values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n;
        let (theta, se) = (eap.theta.unwrap(), eap.se.unwrap());
        // Five standard errors over 50 students; the cells of the grid add 0.2²/12 of variance.
        assert!((mean - theta).abs() < 5.0 * se / n.sqrt());
        assert!((variance - se * se - 0.04 / 12.0).abs() < 5.0 * se * se * (2.0 / n).sqrt());
    }
    assert_eq!(draw(1), draw(1));
    assert_ne!(draw(1), draw(2));
}

#[test]
fn topic_abilities_use_the_other_topics_as_prior() {
    // 300 students, topic 0 with 8 items at θ, topic 1 with 8 items one unit harder for everybody
    // than for their ability elsewhere.
    let data = Simulated::new(97, abilities(98, 300, 0.0, 1.0), items(99, 16), 16);
    let mut correct = data.correct.clone();
    let topic: Vec<u32> = data.item.iter().map(|i| u32::from(*i >= 8)).collect();
    for row in 0..correct.len() {
        if topic[row] == 1 {
            let (a, b, _) = data.items[data.item[row] as usize];
            let theta = data.theta[data.student[row] as usize] - 1.0;
            let mut stream = Stream::new(100, row as u64);
            correct[row] = u8::from(stream.bernoulli(logistic(a * (theta - b))));
        }
    }
    let responses = Responses { correct: &correct, ..data.responses() };
    let parameters = parameters(&data);
    let topics: Vec<Vec<u32>> = topic.iter().map(|&topic| vec![topic]).collect();
    let found = topic_abilities(
        &responses,
        &topics,
        &parameters,
        Prior::default(),
        &TopicSpec { topic_sd: 1.0, points: 61 },
    )
    .unwrap();
    assert_eq!(found.len(), 600);
    let error = |t: u32| {
        let of_topic = found.iter().filter(|a| a.topic == t);
        let errors: Vec<f64> = of_topic
            .map(|a| {
                let truth = data.theta[a.student as usize] - f64::from(t);
                (a.theta - truth) / a.se
            })
            .collect();
        errors.iter().sum::<f64>() / errors.len() as f64
    };
    // Standardised errors: the difference between topics is real but the prior expects none.
    assert!(error(1) > -0.2 && error(1) < 0.8, "{}", error(1));
    // Without another topic the prior is the student's own, blurred.
    let one_topic = vec![vec![4]; correct.len()];
    let spec = TopicSpec { topic_sd: 1e-3, points: 61 };
    let alone =
        topic_abilities(&responses, &one_topic, &parameters, Prior::default(), &spec).unwrap();
    let eap = score(&responses, &parameters, Prior::default(), &ScoreSpec::default()).unwrap();
    for (x, y) in alone.iter().zip(&eap.scores) {
        assert!((x.theta - y.theta.unwrap()).abs() < 0.02, "{x:?} {y:?}");
    }
    let untagged = vec![Vec::new(); correct.len()];
    let none = topic_abilities(&responses, &untagged, &parameters, Prior::default(), &spec);
    assert!(none.unwrap().is_empty());
    // An answer that is about two topics counts in both, and in neither as another topic's.
    let both = vec![vec![3, 4]; correct.len()];
    let twice = topic_abilities(&responses, &both, &parameters, Prior::default(), &spec).unwrap();
    for (pair, alone) in twice.chunks_exact(2).zip(&alone) {
        assert_eq!((pair[0].topic, pair[1].topic, pair[0].n), (3, 4, alone.n));
        assert_eq!((pair[0].theta, pair[1].theta), (alone.theta, alone.theta));
    }
}

#[test]
fn wrong_scoring_input_is_refused() {
    let data = Simulated::new(101, abilities(102, 5, 0.0, 1.0), items(103, 4), 4);
    let parameters = parameters(&data);
    let refusal = |items: &[Option<ItemParameters>], prior: Prior<'_>, points: usize| {
        let spec = ScoreSpec { points, ..ScoreSpec::default() };
        let error = score(&data.responses(), items, prior, &spec).unwrap_err();
        assert!(!error.hint().is_empty());
        error
    };
    let fine = Prior::default();
    let expected = ScoreError::Items { items: 2, n_items: 4 };
    assert_eq!(refusal(&parameters[..2], fine, 61), expected);
    let mut bad = parameters.clone();
    bad[3] = Some(ItemParameters { a: f64::NAN, b: 0.0, c: 0.0 });
    assert!(matches!(refusal(&bad, fine, 61), ScoreError::Parameter { item: 3, field: "a", .. }));
    let zero = Prior::Same(Normal { mean: 0.0, sd: 0.0 });
    assert_eq!(refusal(&parameters, zero, 61), ScoreError::Prior { mean: 0.0, sd: 0.0 });
    let short = [STANDARD; 2];
    let expected = ScoreError::Priors { priors: 2, n_students: 5 };
    assert_eq!(refusal(&parameters, Prior::PerStudent(&short), 61), expected);
    assert_eq!(refusal(&parameters, fine, 3), ScoreError::Points { points: 3 });
    let unknown = score(&data.responses(), &[None; 4], fine, &ScoreSpec::default()).unwrap();
    assert_eq!((unknown.scores.len(), unknown.unscored.len()), (0, 5));
    assert_eq!("wle".parse::<ScoreMethod>().unwrap(), ScoreMethod::Wle);
    assert!("mode".parse::<ScoreMethod>().is_err());
}
