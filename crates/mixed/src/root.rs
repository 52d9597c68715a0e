//! Ends of profile-likelihood intervals.

/// Evaluations of a profile for one end of an interval.
const MOST_TRIALS: u32 = 40;
/// An end is found when the signed root of the deviance is this close to its quantile.
const CLOSE: f64 = 1e-5;

/// A root that grows by less over a step is level.
const LEVEL: f64 = 1e-4;
/// Steps over which it has to be level to be so for good: together a hundred times the first one.
const LEVEL_STEPS: u32 = 8;

/// The value at which a signed root reaches `target`, by bracketing and regula falsi (Illinois); the
/// limit where it does not, or where it stays level on the way to an infinite limit.
pub(crate) fn end(
    root: &impl Fn(f64) -> Option<f64>,
    estimate: f64,
    mut step: f64,
    target: f64,
    limits: (f64, f64),
) -> f64 {
    let (mut inside, mut inside_gap) = (estimate, -target);
    let mut outside = None;
    let limit = if step < 0.0 { limits.0 } else { limits.1 };
    let mut level = 0;
    for _ in 0..MOST_TRIALS {
        let at = (inside + step).clamp(limits.0, limits.1);
        let Some(found) = root(at) else {
            step *= 0.25;
            continue;
        };
        let gap = found - target;
        if gap * target >= 0.0 {
            outside = Some((at, gap));
            break;
        }
        if at == limits.0 || at == limits.1 {
            return at;
        }
        level = if (gap - inside_gap).abs() < LEVEL { level + 1 } else { 0 };
        if limit.is_infinite() && level == LEVEL_STEPS {
            return limit;
        }
        (inside, inside_gap) = (at, gap);
        step *= 1.6;
    }
    let Some((mut outside, mut outside_gap)) = outside else { return f64::NAN };
    for _ in 0..MOST_TRIALS {
        let at = (inside * outside_gap - outside * inside_gap) / (outside_gap - inside_gap);
        let Some(found) = root(at) else { return f64::NAN };
        let gap = found - target;
        if gap.abs() < CLOSE {
            return at;
        }
        if gap * target >= 0.0 {
            (outside, outside_gap) = (at, gap);
            inside_gap *= 0.5;
        } else {
            (inside, inside_gap) = (at, gap);
            outside_gap *= 0.5;
        }
    }
    inside
}

#[cfg(test)]
mod tests {
    use super::end;

    const ANYWHERE: (f64, f64) = (f64::NEG_INFINITY, f64::INFINITY);

    #[test]
    fn a_root_that_levels_off_below_its_target_has_no_end() {
        let level = |x: f64| Some(x / (1.0 + x.abs()));
        assert_eq!(end(&level, 0.0, 1.0, 1.96, ANYWHERE), f64::INFINITY);
        assert_eq!(end(&level, 0.0, -1.0, -1.96, ANYWHERE), f64::NEG_INFINITY);
        // One that passes it has: x / (1 + x) = 1/2 at 1.
        assert!((end(&level, 0.0, 0.3, 0.5, ANYWHERE) - 1.0).abs() < 1e-4);
        // A root that grows slowly but for ever has an end too.
        let slow = |x: f64| Some(0.01 * x);
        assert!((end(&slow, 0.0, 0.5, 1.96, ANYWHERE) - 196.0).abs() < 0.1);
    }
}
