//! Ends of profile-likelihood intervals.

/// Evaluations of a profile for one end of an interval.
const MOST_TRIALS: u32 = 40;
/// An end is found when the signed root of the deviance is this close to its quantile.
const CLOSE: f64 = 1e-5;

/// A root that grows by less over a step is level.
const LEVEL: f64 = 1e-4;
/// Steps over which it has to be level to be so for good; each is larger than the one before.
const LEVEL_STEPS: u32 = 4;

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
