//! How a simulated student works: habits and when they end.

use seedtest_numerics::{Stream, exp};

use super::TrueStudent;

/// How a student works; fixed for the whole term.
#[derive(Debug, Clone)]
pub(super) struct Habits {
    pub(super) truth: TrueStudent,
    pub(super) sessions_per_week: f64,
    pub(super) exam_week_factor: f64,
    pub(super) answers_per_session: f64,
    pub(super) hint_rate: f64,
    /// Log of the seconds an average item takes in the first week.
    pub(super) log_seconds: f64,
    /// Fall of that log per week.
    pub(super) speed_up: f64,
    /// Probability that the next item is one answered wrong before.
    pub(super) review_rate: f64,
    pub(super) hour: f64,
}

/// Draws a student: steady (55 %), cramming before exams (20 %) or sporadic (25 %). Leaving is
/// likelier for students with few sessions and low ability.
pub(super) fn draw_habits(stream: &mut Stream, weeks: u32) -> Habits {
    let theta = stream.normal();
    let slope = 0.04 + 0.03 * stream.normal();
    let kind = stream.uniform();
    let (sessions_per_week, exam_week_factor) = if kind < 0.55 {
        (2.2 + 1.5 * stream.uniform(), 1.3)
    } else if kind < 0.75 {
        (0.8, 5.0)
    } else {
        (0.9 + 0.5 * stream.uniform(), 1.0)
    };
    let weekly_hazard = 0.02 * exp(-0.5 * (sessions_per_week - 2.0) - 0.4 * theta);
    let leaving_week = (stream.exponential() / weekly_hazard.max(1e-6)).floor();
    Habits {
        truth: TrueStudent {
            theta,
            slope,
            leaves_after: (leaving_week < f64::from(weeks)).then_some(leaving_week.max(1.0) as u32),
        },
        sessions_per_week,
        exam_week_factor,
        answers_per_session: 8.0 + 6.0 * stream.uniform(),
        hint_rate: 0.5 * stream.uniform(),
        log_seconds: 3.6 + 0.25 * stream.normal(),
        speed_up: 0.008 + 0.012 * stream.normal(),
        review_rate: 0.15 + 0.2 * stream.uniform(),
        hour: 7.0 + 6.0 * stream.uniform(),
    }
}
