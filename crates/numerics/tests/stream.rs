//! Draws have the moments of their distributions and depend on nothing but seed, stream, index.

use seedtest_numerics::Stream;

const N: usize = 40_000;

/// Mean and variance of `N` draws.
fn moments(mut draw: impl FnMut(&mut Stream) -> f64) -> (f64, f64) {
    let mut stream = Stream::new(20_240_902, 7);
    let draws: Vec<f64> = (0..N).map(|_| draw(&mut stream)).collect();
    let mean = draws.iter().sum::<f64>() / N as f64;
    let variance = draws.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / N as f64;
    (mean, variance)
}

/// Four standard errors of a mean over `N` draws.
fn band(variance: f64) -> f64 {
    4.0 * (variance / N as f64).sqrt()
}

#[test]
fn means_and_variances_are_right() {
    // (draw, mean, variance, fourth central moment)
    let check = |found: (f64, f64), mean: f64, variance: f64, fourth: f64| {
        assert!((found.0 - mean).abs() < band(variance), "mean {found:?} against {mean}");
        assert!(
            (found.1 - variance).abs() < band(fourth - variance * variance),
            "variance {found:?} against {variance}"
        );
    };
    check(moments(Stream::uniform), 0.5, 1.0 / 12.0, 1.0 / 80.0);
    check(moments(Stream::normal), 0.0, 1.0, 3.0);
    check(moments(Stream::exponential), 1.0, 1.0, 9.0);
    for shape in [0.4, 1.0, 7.5] {
        let fourth = 3.0 * shape * shape + 6.0 * shape;
        check(moments(|s| s.gamma(shape)), shape, shape, fourth);
    }
    for mean in [0.3, 4.0, 12.0, 300.0] {
        check(moments(|s| s.poisson(mean) as f64), mean, mean, mean * (1.0 + 3.0 * mean));
    }
    for (trials, p) in [(7, 0.4), (40, 0.02), (1_000, 0.5), (100_000, 0.97)] {
        let variance = trials as f64 * p * (1.0 - p);
        // Fourth central moment of a binomial variable.
        let fourth = variance * (1.0 + 3.0 * (trials as f64 - 2.0) * p * (1.0 - p));
        check(moments(|s| s.binomial(trials, p) as f64), trials as f64 * p, variance, fourth);
    }
    check(
        moments(|s| f64::from(u8::from(s.bernoulli(0.3)))),
        0.3,
        0.21,
        0.3 * 0.7 * (1.0 - 3.0 * 0.21),
    );
}

#[test]
fn a_stream_is_a_function_of_seed_stream_and_index() {
    let mut forward = Stream::new(42, 3);
    let words: Vec<u64> = (0..9).map(|_| forward.next_u64()).collect();
    let fixed = Stream::new(42, 3);
    let backward: Vec<u64> = (0..9).rev().map(|i| fixed.word(i)).collect();
    assert!(words.iter().eq(backward.iter().rev()));
    assert_ne!(Stream::new(42, 4).word(0), fixed.word(0));
    assert_ne!(Stream::new(43, 3).word(0), fixed.word(0));
}

#[test]
fn choices_follow_the_weights() {
    let mut stream = Stream::new(1, 1);
    let mut counts = [0usize; 3];
    for _ in 0..N {
        counts[stream.choose(&[1.0, 0.0, 3.0]).unwrap()] += 1;
    }
    assert_eq!(counts[1], 0);
    assert!((counts[0] as f64 / N as f64 - 0.25).abs() < band(0.1875));
    assert_eq!(stream.choose(&[0.0, 0.0]), None);
    assert_eq!(stream.choose(&[f64::NAN]), None);
}

#[test]
fn a_shuffle_is_a_permutation() {
    let mut order: Vec<usize> = (0..50).collect();
    Stream::new(5, 0).shuffle(&mut order);
    assert_ne!(order, (0..50).collect::<Vec<_>>());
    order.sort_unstable();
    assert_eq!(order, (0..50).collect::<Vec<_>>());
}

#[test]
fn certain_trials_are_certain() {
    let mut stream = Stream::new(1, 1);
    for trials in [0, 5, 33, 10_000] {
        assert_eq!((stream.binomial(trials, 0.0), stream.binomial(trials, 1.0)), (0, trials));
        assert!(stream.binomial(trials, 0.5) <= trials);
    }
}

#[test]
fn draws_at_once_are_those_of_one_after_another() {
    for taken in [0, 1, 2] {
        for n in [0, 1, 2, 15, 16, 17, 31, 32, 33, 1_000] {
            let mut slowly = Stream::new(20_261_201, u64::from(u32::MAX) + 7);
            for _ in 0..taken {
                slowly.next_u64();
            }
            let mut at_once = slowly.clone();
            let wanted: Vec<u64> = (0..n).map(|_| slowly.normal().to_bits()).collect();
            let mut found = vec![0.0; n];
            at_once.normals(&mut found);
            let found: Vec<u64> = found.into_iter().map(f64::to_bits).collect();
            assert_eq!(found, wanted, "{n} behind {taken}");
            assert_eq!(at_once.next_u64(), slowly.next_u64(), "{n} behind {taken}");
        }
    }
}
