//! What the rows of a model cannot tell apart, however long it is sampled.

use crate::data::GrowthData;
use crate::draws::Parameter;
use crate::family::{Effects, Family};
use crate::spec::Spec;

/// Parameters that come from their priors, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unidentified {
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) reason: String,
    pub(crate) next: &'static str,
}

/// How the rows lie over students and weeks.
struct Layout {
    /// Students with more than one row.
    repeated: usize,
    /// Students with rows in more than one week.
    over_weeks: usize,
    one_week: bool,
    students: usize,
}

/// What cannot be told apart, the worst first; `None` where everything can.
pub(crate) fn unidentified(data: &GrowthData<'_>, spec: &Spec) -> Option<Unidentified> {
    let layout = Layout::of(data);
    let scatter = scatters(data, spec.family);
    if layout.one_week {
        return Some(Unidentified {
            parameters: with_slopes(Parameter::Week, spec.effects),
            reason: "all scores are of one week: the change per week is that of its prior".into(),
            next: "wait for scores of a second week",
        });
    }
    if layout.repeated == 0 && scatter {
        return Some(Unidentified {
            parameters: of_students(spec),
            reason: "every student has one score: how far students differ cannot be told from the \
                     scatter of a score"
                .into(),
            next: "wait for a second week of scores of the same students",
        });
    }
    if !spec.effects.has_slope() {
        return None;
    }
    if layout.over_weeks == 0 {
        return Some(Unidentified {
            parameters: with_slopes(Parameter::SdWeek, spec.effects),
            reason: "no student has scores in two weeks: how far slopes differ is not in them"
                .into(),
            next: "give the formula a level alone, (1 | student), or wait for more weeks",
        });
    }
    // As lme4 counts (`checkNlevels`): as many effects as scores leave nothing for the residual.
    let effects = 2 * layout.students;
    (data.len() <= effects && scatter && data.se.is_none()).then(|| Unidentified {
        parameters: of_students(spec),
        reason: format!(
            "{} scores of {} students, with a level and a slope each: how far students differ \
             cannot be told from the scatter of a score",
            data.len(),
            layout.students
        ),
        next: "give the formula a level alone, (1 | student), or wait for more weeks",
    })
}

/// Whether a score scatters around a student's line by an amount that is to be estimated. A binomial
/// share of several trials says itself how much.
fn scatters(data: &GrowthData<'_>, family: Family) -> bool {
    match family {
        Family::Gaussian | Family::Student | Family::Bernoulli => true,
        Family::Binomial => data.trials.is_none_or(|trials| trials.iter().all(|&n| n == 1.0)),
    }
}

fn of_students(spec: &Spec) -> Vec<Parameter> {
    let mut all = vec![Parameter::SdIntercept];
    if spec.effects.has_slope() {
        all = with_slopes(Parameter::SdIntercept, spec.effects);
    }
    if spec.family.has_sigma() {
        all.push(Parameter::Sigma);
    }
    all
}

fn with_slopes(first: Parameter, effects: Effects) -> Vec<Parameter> {
    let mut all = vec![first];
    if effects.has_slope() && first != Parameter::SdWeek {
        all.push(Parameter::SdWeek);
    }
    if effects == Effects::Correlated {
        all.push(Parameter::Cor);
    }
    all
}

impl Layout {
    fn of(data: &GrowthData<'_>) -> Self {
        let mut first: Vec<Option<f64>> = vec![None; data.n_students];
        let mut rows = vec![0u32; data.n_students];
        let mut has_weeks = vec![false; data.n_students];
        for (&student, &week) in data.student.iter().zip(data.week) {
            let student = student as usize;
            rows[student] += 1;
            match first[student] {
                None => first[student] = Some(week),
                Some(of_first) if of_first != week => has_weeks[student] = true,
                Some(_) => {}
            }
        }
        let one = data.week.first().copied();
        Self {
            repeated: rows.iter().filter(|&&rows| rows > 1).count(),
            over_weeks: has_weeks.iter().filter(|&&has| has).count(),
            one_week: data.week.iter().all(|&week| Some(week) == one),
            students: rows.iter().filter(|&&rows| rows > 0).count(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(rows: &[(u32, f64)], effects: Effects) -> Option<Vec<Parameter>> {
        let student: Vec<u32> = rows.iter().map(|row| row.0).collect();
        let week: Vec<f64> = rows.iter().map(|row| row.1).collect();
        let score: Vec<f64> = (0..rows.len()).map(|at| at as f64).collect();
        let data = GrowthData {
            student: &student,
            week: &week,
            score: &score,
            n_students: 4,
            weight: None,
            se: None,
            trials: None,
        };
        let spec = Spec { effects, ..Spec::default() };
        unidentified(&data, &spec).map(|found| found.parameters)
    }

    #[test]
    fn what_cannot_be_told_apart_is_named() {
        use Parameter::{Cor, SdIntercept, SdWeek, Sigma, Week};
        let single = [(0, 0.0), (1, 1.0), (2, 3.0)];
        let all = Some(vec![SdIntercept, SdWeek, Cor, Sigma]);
        assert_eq!(of(&single, Effects::Correlated), all);
        assert_eq!(of(&single, Effects::Intercept), Some(vec![SdIntercept, Sigma]));
        let week = [(0, 1.0), (0, 1.0), (1, 1.0), (2, 1.0)];
        assert_eq!(of(&week, Effects::Intercept), Some(vec![Week]));
        let apart = [(0, 0.0), (0, 0.0), (1, 1.0), (1, 1.0)];
        assert_eq!(of(&apart, Effects::Independent), Some(vec![SdWeek]));
        assert_eq!(of(&apart, Effects::Intercept), None);
        let two = [(0, 0.0), (0, 1.0), (1, 0.0), (1, 1.0)];
        assert_eq!(of(&two, Effects::Correlated), all);
        let enough = [(0, 0.0), (0, 1.0), (1, 0.0), (1, 1.0), (1, 2.0)];
        assert_eq!(of(&enough, Effects::Correlated), None);
    }
}
