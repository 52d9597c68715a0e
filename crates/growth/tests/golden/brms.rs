//! Posteriors against those of brms.

use seedtest_growth::{Fit, Goal, Parameter};
use seedtest_numerics::{mcse_mean, mcse_quantile, mcse_sd, quantile};
use serde::Deserialize;

/// Monte Carlo standard errors by which two samplers of one posterior may differ: one comparison in
/// 16 000 is farther off.
const ERRORS: f64 = 4.0;

/// What brms says of a posterior.
#[derive(Deserialize)]
pub(crate) struct Reference {
    probabilities: Vec<f64>,
    summary: Vec<Figures>,
    /// Deviations of the first students from the population.
    students: Vec<Figures>,
}

#[derive(Deserialize)]
pub(crate) struct Figures {
    variable: String,
    mean: f64,
    sd: f64,
    quantiles: Vec<f64>,
    mcse_mean: f64,
    mcse_sd: f64,
    #[serde(default)]
    mcse_quantiles: Vec<f64>,
}

impl Reference {
    pub(crate) fn read(text: &str) -> Self {
        serde_json::from_str(text).unwrap()
    }

    pub(crate) fn has_students(&self) -> bool {
        !self.students.is_empty()
    }

    /// Asserts means, standard deviations and quantiles of every parameter of the fit.
    pub(crate) fn assert_agrees(&self, fit: &Fit) {
        let mut compared = 0;
        for figures in &self.summary {
            let Some(parameter) = parameter(&figures.variable) else { continue };
            figures.assert_agree(&self.probabilities, fit, parameter);
            compared += 1;
        }
        // brms has its intercept at the mean week, not the students'.
        let shared = fit.parameters.iter().filter(|p| !p.parameter.name().ends_with("centred"));
        assert_eq!(compared, shared.count(), "brms has not every parameter");
    }

    /// Asserts the mean scores of the first students at week 0 and at week 1: brms has the means of
    /// the population's line and of the students' deviations from it.
    pub(crate) fn assert_students_agree(&self, fit: &Fit) {
        let at = |week| fit.students(&Goal { target: 0.0, week, level: 0.95 }).unwrap();
        let (start, next) = (at(0.0), at(1.0));
        let of =
            |names: &[&str]| self.summary.iter().find(|f| names.contains(&f.variable.as_str()));
        let (level, slope) = (of(&["b_Intercept"]).unwrap(), of(&["b_week", "b_Days"]).unwrap());
        let (levels, slopes): (Vec<_>, Vec<_>) =
            self.students.iter().partition(|figures| figures.variable.ends_with(",Intercept]"));
        assert!(!levels.is_empty());
        for (code, own) in levels.into_iter().enumerate() {
            own.student_close(level, start[code].mean_score);
        }
        for (code, own) in slopes.into_iter().enumerate() {
            own.student_close(slope, next[code].mean_score - start[code].mean_score);
        }
    }
}

/// Our parameter of brms' name; `None` for what brms adds for other purposes.
fn parameter(variable: &str) -> Option<Parameter> {
    let base = variable.split("__").collect::<Vec<_>>();
    match (variable, base.as_slice()) {
        ("b_Intercept", _) => Some(Parameter::Intercept),
        ("b_week" | "b_Days", _) => Some(Parameter::Week),
        ("sigma", _) => Some(Parameter::Sigma),
        ("nu", _) => Some(Parameter::Df),
        (_, [name, _, _]) if name.starts_with("cor_") => Some(Parameter::Cor),
        (_, [name, "Intercept"]) if name.starts_with("sd_") => Some(Parameter::SdIntercept),
        (_, [name, "week" | "Days"]) if name.starts_with("sd_") => Some(Parameter::SdWeek),
        _ => None,
    }
}

impl Figures {
    fn assert_agree(&self, probabilities: &[f64], fit: &Fit, parameter: Parameter) {
        let values = |chain: &Vec<_>| chain.iter().map(|draw| parameter.of_draw(draw)).collect();
        let chains: Vec<Vec<f64>> = fit.chains.iter().map(values).collect();
        let chains: Vec<&[f64]> = chains.iter().map(Vec::as_slice).collect();
        let summary = fit.parameters.iter().find(|p| p.parameter == parameter).unwrap();
        self.close("mean", summary.mean, mcse_mean(&chains), self.mean, self.mcse_mean);
        self.close("sd", summary.sd, mcse_sd(&chains), self.sd, self.mcse_sd);
        let mut sorted = chains.concat();
        sorted.sort_by(f64::total_cmp);
        for ((&p, &theirs), &error) in
            probabilities.iter().zip(&self.quantiles).zip(&self.mcse_quantiles)
        {
            let ours = quantile(&sorted, p).unwrap();
            self.close(&format!("quantile {p}"), ours, mcse_quantile(&chains, p), theirs, error);
        }
    }

    /// Our Monte Carlo error is at most that of brms, which samples the student too.
    fn student_close(&self, population: &Self, ours: f64) {
        let error = self.mcse_mean.hypot(population.mcse_mean);
        self.close("mean", ours, Some(error), population.mean + self.mean, error);
    }

    fn close(&self, what: &str, ours: f64, our_error: Option<f64>, theirs: f64, error: f64) {
        let allowed = ERRORS * our_error.unwrap().hypot(error);
        let name = &self.variable;
        assert!((ours - theirs).abs() <= allowed, "{name}: {what} {ours} vs {theirs} ± {allowed}");
    }
}
