//! A calibration of answers in parts elsewhere is that of all answers here, to the byte.

use seedtest_irt::{
    Ability, ChunkAnswers, Error, Fit, Groups, ItemSums, Model, Pass, PassSums, Priors, Silent,
    Spec, StandardErrors, Warning, fit_groups, fit_in_chunks, fit_in_passes, used_items,
};
use seedtest_numerics::Stream;

use crate::simulation::{Simulated, abilities, items};

/// The students of one chunk: their codes in the whole, and their answers.
struct Part {
    codes: Vec<u32>,
    student: Vec<u32>,
    item: Vec<u32>,
    correct: Vec<u8>,
    group: Vec<u32>,
}

fn parts(data: &Simulated, chunk_of: &[u32], group: &[u32]) -> Vec<Part> {
    let n_chunks = chunk_of.iter().max().map_or(0, |last| last + 1);
    let part = |chunk: u32| {
        let codes: Vec<u32> =
            (0..chunk_of.len() as u32).filter(|&s| chunk_of[s as usize] == chunk).collect();
        let mut part = Part {
            group: codes.iter().map(|&s| group[s as usize]).collect(),
            student: vec![],
            item: vec![],
            correct: vec![],
            codes,
        };
        for row in 0..data.student.len() {
            if let Ok(local) = part.codes.binary_search(&data.student[row]) {
                part.student.push(local as u32);
                part.item.push(data.item[row]);
                part.correct.push(data.correct[row]);
            }
        }
        part
    };
    (0..n_chunks).map(part).collect()
}

/// The sums of every item, merged over the parts from the last to the first.
fn item_sums(parts: &[Part], n_items: usize) -> Vec<ItemSums> {
    let mut sums = vec![ItemSums::default(); n_items];
    for part in parts.iter().rev() {
        let data = seedtest_irt::Responses {
            student: &part.student,
            item: &part.item,
            correct: &part.correct,
            n_students: part.codes.len(),
            n_items,
        };
        for (sum, found) in sums.iter_mut().zip(ItemSums::of(&data).unwrap()) {
            sum.merge(&ItemSums::from_bytes(&found.to_bytes()).unwrap());
        }
    }
    sums
}

/// Fits in passes whose parts are taken in another order and grouping every time, all by way of bytes.
fn in_passes(
    data: &Simulated,
    (chunk_of, group, n_groups): (&[u32], &[u32], usize),
    spec: &Spec,
) -> (Fit, Vec<Ability>, usize) {
    let parts = parts(data, chunk_of, group);
    let sums = item_sums(&parts, data.items.len());
    let used = used_items(&sums, spec).unwrap();
    let position = |item: &u32| used.binary_search(item).map_or(u32::MAX, |at| at as u32);
    let chunk = |part: &Part| {
        let positions: Vec<u32> = part.item.iter().map(position).collect();
        let groups = Groups { of: &part.group, n: n_groups, reference: 0 };
        let answers = (&*part.student, &*positions, &*part.correct);
        ChunkAnswers::new(answers, used.len(), groups).unwrap()
    };
    let chunks: Vec<ChunkAnswers> = parts.iter().map(chunk).collect();
    let mut stream = Stream::new(5, 5);
    let mut n_passes = 0;
    let mut run = |pass: &Pass| {
        n_passes += 1;
        let pass = Pass::from_bytes(&pass.to_bytes()).unwrap();
        let mut order: Vec<&ChunkAnswers> = chunks.iter().collect();
        stream.shuffle(&mut order);
        let n_groups = 1 + stream.below(3) as usize;
        let merged = |chunks: &[&ChunkAnswers]| {
            let mut found = chunks.iter().map(|chunk| chunk.run(&pass).unwrap());
            let first = found.next().unwrap();
            let sums = found.fold(first, |mut sums, more| {
                sums.merge(more).unwrap();
                sums
            });
            PassSums::from_bytes(&sums.to_bytes()).unwrap()
        };
        let mut sums = order.chunks(order.len().div_ceil(n_groups)).map(merged);
        let first = sums.next().unwrap();
        Ok::<_, String>(sums.fold(first, |mut sums, more| {
            sums.merge(more).unwrap();
            sums
        }))
    };
    let (fit, pass) = fit_in_passes(&sums, (n_groups, 0), spec, &mut run, &mut Silent).unwrap();
    let pass = Pass::from_bytes(&pass.to_bytes()).unwrap();
    let mut abilities: Vec<Ability> = Vec::new();
    for (chunk, part) in chunks.iter().zip(&parts) {
        let of_chunk = chunk.abilities(&pass).unwrap().into_iter();
        abilities
            .extend(of_chunk.map(|a| Ability { student: part.codes[a.student as usize], ..a }));
    }
    abilities.sort_by_key(|ability| ability.student);
    (fit, abilities, n_passes)
}

/// The fit here, without what a fit in passes does not have.
fn without_students(fit: &Fit) -> Fit {
    let mut warnings = fit.warnings.clone();
    warnings.retain(|warning| !matches!(warning, Warning::FormsDiffer(_)));
    Fit { warnings, abilities: Vec::new(), unscored: Vec::new(), ..fit.clone() }
}

#[test]
fn passes_over_chunks_give_the_bytes_of_the_whole() {
    let data = Simulated::new(2, abilities(4, 900, 0.0, 1.0), items(6, 14), 8);
    let chunk_of: Vec<u32> = (0..900).map(|student| (student * 7 + student / 11) % 5).collect();
    let one = vec![0; 900];
    for model in [Model::Rasch, Model::OnePl, Model::TwoPl, Model::ThreePl] {
        for standard_errors in [StandardErrors::Observed, StandardErrors::Sandwich] {
            let priors = Priors { c: Spec::new(model).priors.c, ..Priors::weak() };
            let spec = Spec { standard_errors, priors, keep_covariance: true, ..Spec::new(model) };
            let whole = fit_in_chunks(&data.responses(), &chunk_of, &spec, &mut Silent).unwrap();
            let (fit, abilities, n_passes) = in_passes(&data, (&chunk_of, &one, 1), &spec);
            assert_eq!(fit, without_students(&whole), "{model}");
            let bytes = |fit: &Fit| serde_json::to_string(fit).unwrap();
            assert!(bytes(&fit) == bytes(&without_students(&whole)), "{model}");
            assert_eq!(abilities, whole.abilities, "{model}");
            assert!(n_passes > 4);
        }
    }
}

#[test]
fn groups_and_designs_are_seen_in_passes_too() {
    let theta: Vec<f64> = abilities(9, 600, 0.0, 1.0)
        .iter()
        .zip(0..)
        .map(|(t, s)| t + f64::from(s % 3) * 0.4)
        .collect();
    let mut data = Simulated::new(8, theta, items(3, 10), 6);
    // Two items of their own for some students, and one that nobody gets right.
    data.items.extend([(1.0, 0.0, 0.0); 3]);
    let mut stream = Stream::new(1, 1);
    for row in 0..data.student.len() {
        if data.student[row] >= 560 {
            data.item[row] = 10 + (row % 2) as u32;
            data.correct[row] = u8::from(stream.bernoulli(0.5));
        } else if row % 97 == 0 {
            (data.item[row], data.correct[row]) = (12, 0);
        }
    }
    let group: Vec<u32> = (0..600).map(|student| student % 3).collect();
    let chunk_of: Vec<u32> = (0..600).map(|student| student % 4).collect();
    let spec = Spec { priors: Priors::weak(), ..Spec::default() };
    let groups = Groups { of: &group, n: 3, reference: 0 };
    let whole = fit_groups(&data.responses(), groups, &chunk_of, &spec, &mut Silent).unwrap();
    assert!(whole.warnings.iter().any(|w| matches!(w, Warning::Disconnected { .. })));
    assert_eq!(whole.skipped.len(), 1);
    let (fit, abilities, _) = in_passes(&data, (&chunk_of, &group, 3), &spec);
    assert_eq!(fit, without_students(&whole));
    assert_eq!(abilities, whole.abilities);
}

#[test]
fn a_failed_pass_is_told() {
    let data = Simulated::new(2, abilities(4, 90, 0.0, 1.0), items(6, 5), 5);
    let part = parts(&data, &[0; 90], &[0; 90]);
    let sums = item_sums(&part, 5);
    let groups = Groups { of: &part[0].group, n: 1, reference: 0 };
    let answers = (&*part[0].student, &*part[0].item, &*part[0].correct);
    let chunk = ChunkAnswers::new(answers, 5, groups).unwrap();
    for fails_at in [0, 1, 4] {
        let mut n = 0;
        let mut run = |pass: &Pass| {
            n += 1;
            if n > fails_at {
                return Err("the executors are gone".to_owned());
            }
            Ok(chunk.run(pass).unwrap())
        };
        let spec = Spec::default();
        let failed = fit_in_passes(&sums, (1, 0), &spec, &mut run, &mut Silent).unwrap_err();
        assert_eq!(failed, Error::Pass { reason: "the executors are gone".into() });
        assert_eq!(n, fails_at + 1, "nothing is asked for after a failure");
    }
    let mut wrong = |_: &Pass| Ok::<_, String>(PassSums::from_bytes(&chunk_sums(&chunk)).unwrap());
    let spec = Spec::default();
    let failed = fit_in_passes(&sums, (1, 0), &spec, &mut wrong, &mut Silent).unwrap_err();
    assert!(matches!(failed, Error::Pass { .. }));
}

/// Sums of the first pass, whatever is asked for.
fn chunk_sums(chunk: &ChunkAnswers) -> Vec<u8> {
    let first = Pass::from_bytes(&[10u64, 1, 0].map(u64::to_le_bytes).concat()).unwrap();
    assert_eq!(first.name(), "linkage");
    chunk.run(&first).unwrap().to_bytes()
}

#[test]
fn a_chunk_without_students_of_a_group_is_no_fault() {
    let data = Simulated::new(2, abilities(4, 90, 0.0, 1.0), items(6, 5), 5);
    // Every group is a chunk of its own, so each chunk lacks the other group.
    let group: Vec<u32> = (0..90).map(|student| student % 2).collect();
    let groups = Groups { of: &group, n: 2, reference: 0 };
    let spec = Spec { priors: Priors::weak(), ..Spec::default() };
    let fit = fit_groups(&data.responses(), groups, &group, &spec, &mut Silent).unwrap();
    assert_eq!(fit.abilities.len(), 90);
}
