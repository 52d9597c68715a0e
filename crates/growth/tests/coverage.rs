//! Intervals of simulated schools hold the truth as often as they say, on any scale. The table of all
//! scales is made by `examples/simulate.rs`.

#![allow(clippy::unwrap_used)] // clippy exempts tests, but not the helpers they share
#![allow(clippy::disallowed_methods)] // what is compared with results, not a result

mod schools;

use schools::{SCALES, tally};

#[test]
fn intervals_and_probabilities_of_simulated_schools_hold() {
    for (scale, calendar) in [(0, 0), (2, 1), (3, 3)] {
        let calendar = &SCALES[scale].calendars()[calendar];
        let found = tally(calendar, 100..116);
        let name = calendar.name();
        assert_eq!(found.schools, 16);
        for (parameter, covered) in &found.coverage {
            // Of 16 at 95 %, fewer than 12 are seen once in 2 000.
            assert!(*covered >= 12, "{name}: {parameter} {covered} of 16");
        }
        assert!(found.brier.ours - found.brier.population_known < 0.01, "{name}");
        assert!(found.brier.ours > found.brier.line_known);
        assert!(found.new_brier.ours - found.new_brier.population_known < 0.01, "{name}");
        assert!((found.mean_p - found.mean_truth).abs() < 0.05, "{name}");
        assert!((0.9..0.99).contains(&found.inside), "{name}: {}", found.inside);
        assert!(found.divergence_advice <= 1, "{name}: {}", found.divergence_advice);
    }
}
