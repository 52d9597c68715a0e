//! The next item of a test, or its end.

use seedtest_numerics::Stream;
use serde::{Deserialize, Serialize};

use super::bank::Bank;
use super::content::{AreaReport, Relaxed, allowed};
use super::error::CatError;
use super::estimate::{Estimate, Posterior, estimate};
use super::exposure::Exposure;
use super::spec::Spec;
use super::stop::{Stop, stop};

/// An item that was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answered {
    /// Item code.
    pub item: u32,
    /// Category of the answer, from 0; `None` = it was not answered.
    pub category: Option<usize>,
}

/// What happened in a test so far.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct State {
    /// Items that were given, in their order.
    pub history: Vec<Answered>,
    /// Items that exposure control has set aside for this test.
    #[serde(default)]
    pub set_aside: Vec<u32>,
}

/// What comes next.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The ability after the answers so far.
    pub estimate: Estimate,
    /// The item, unless the test ends.
    pub pick: Option<Pick>,
    /// Why the test ends.
    pub stop: Option<Stop>,
    /// Where every content area stands.
    pub areas: Vec<AreaReport>,
    /// Constraints that could not be held.
    pub relaxed: Vec<Relaxed>,
}

/// An item and why it was picked.
#[derive(Debug, Clone, PartialEq)]
pub struct Pick {
    /// Its code.
    pub item: u32,
    /// Its value under the rule.
    pub value: f64,
    /// Its place among the items that could have been given, from 1.
    pub rank: u32,
    /// How many there were.
    pub n_eligible: u32,
    /// The best of the others with its value.
    pub runner_up: Option<(u32, f64)>,
    /// What decided.
    pub why: Why,
    /// The content area that had to come next, if one had to.
    pub area: Option<u32>,
    /// Items that exposure control set aside before this one; they are not to be given in this test.
    pub set_aside: Vec<u32>,
}

/// What decided between the items.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// It is the best one.
    Best,
    /// It was drawn from the best ones.
    Drawn,
    /// Better ones were set aside by exposure control.
    BetterSetAside,
    /// Exposure control would have set all aside; it is the best one.
    AllSetAside,
}

/// The next item of a test, or why it ends.
///
/// # Errors
/// For a history that does not go with the bank, and numbers of the specification out of range.
pub fn next(bank: &Bank, state: &State, spec: &Spec) -> Result<Step, CatError> {
    spec.validate()?;
    let answers = check(bank, state)?;
    let given: Vec<u32> = state.history.iter().map(|of| of.item).collect();
    let posterior = Posterior::new(bank, &answers, spec.normal());
    let how = (spec.normal(), spec.method);
    let estimate = estimate(bank, &state.history, &answers, how, &posterior);
    let open = allowed(bank, &spec.areas, (&given, &state.set_aside), spec.stopping.max_items);
    let mut step =
        Step { estimate, pick: None, stop: None, areas: open.report, relaxed: open.relaxed };
    step.stop = stop(&spec.stopping, given.len(), bank, (&estimate, &posterior));
    if step.stop.is_some() {
        step.relaxed.clear();
        return Ok(step);
    }
    if open.items.is_empty() {
        step.stop = Some(Stop::NoItemLeft);
        return Ok(step);
    }
    // What cannot be computed is the worst.
    let worst = if spec.rule.is_smallest() { f64::INFINITY } else { f64::NEG_INFINITY };
    let value = |&item: &u32| {
        let value = spec.rule.value(bank, item, estimate.theta, &posterior);
        (item, if value.is_nan() { worst } else { value })
    };
    let mut ranked: Vec<(u32, f64)> = open.items.iter().map(value).collect();
    let better = |x: &(u32, f64), y: &(u32, f64)| {
        let order = if spec.rule.is_smallest() { x.1.total_cmp(&y.1) } else { y.1.total_cmp(&x.1) };
        order.then(x.0.cmp(&y.0))
    };
    // Only as many as exposure control may look at have to be in their order.
    let n_looked_at = spec.exposure.n_looked_at(ranked.len());
    if n_looked_at < ranked.len() {
        ranked.select_nth_unstable_by(n_looked_at, better);
    }
    let head = n_looked_at.min(ranked.len());
    ranked[..head].sort_by(better);
    // A stream for every place of every test, apart from those that simulated answers come from: what is drawn does
    // not depend on what was drawn before.
    let place = (state.history.len() + state.set_aside.len()) as u64;
    let mut stream = Stream::new(spec.seed ^ (1 << 63) ^ (place << 40), spec.test);
    step.pick = Some(choose(bank, &ranked[..head], ranked.len(), spec.exposure, &mut stream));
    if let Some(pick) = &mut step.pick {
        pick.area = open.area;
    }
    Ok(step)
}

/// The answers with a category, after a look at whether they can be.
fn check(bank: &Bank, state: &State) -> Result<Vec<(u32, usize)>, CatError> {
    let n_items = bank.items.len();
    let mut seen = vec![false; n_items];
    let items = state.history.iter().map(|of| of.item);
    for item in items.clone().chain(state.set_aside.iter().copied()) {
        if item as usize >= n_items {
            return Err(CatError::Item { item, n_items });
        }
    }
    for item in items {
        if std::mem::replace(&mut seen[item as usize], true) {
            return Err(CatError::Repeated { item });
        }
    }
    let mut answers = Vec::with_capacity(state.history.len());
    for Answered { item, category } in &state.history {
        let Some(category) = *category else { continue };
        let (item, n_categories) = (*item, bank.n_categories(*item));
        if category >= n_categories {
            return Err(CatError::Category { item, category, n_categories });
        }
        answers.push((item, category));
    }
    Ok(answers)
}

/// One of the best, by what exposure control says.
fn choose(
    bank: &Bank,
    best: &[(u32, f64)],
    n_eligible: usize,
    exposure: Exposure,
    stream: &mut Stream,
) -> Pick {
    let (at, why, n_aside) = match exposure {
        Exposure::None => (0, Why::Best, 0),
        Exposure::Randomesque { of } => {
            let of = (of as usize).min(best.len());
            let at = ((stream.uniform() * of as f64) as usize).min(of - 1);
            (at, if of > 1 { Why::Drawn } else { Why::Best }, 0)
        }
        Exposure::SympsonHetter => {
            let passes =
                |(item, _): &(u32, f64)| stream.uniform() < bank.items[*item as usize].exposure;
            match best.iter().position(passes) {
                Some(0) => (0, Why::Best, 0),
                Some(at) => (at, Why::BetterSetAside, at),
                None => (0, Why::AllSetAside, 0),
            }
        }
    };
    let (item, value) = best[at];
    Pick {
        item,
        value,
        rank: at as u32 + 1,
        n_eligible: n_eligible as u32,
        runner_up: best.iter().find(|(other, _)| *other != item).copied(),
        why,
        area: None,
        set_aside: best[..n_aside].iter().map(|(item, _)| *item).collect(),
    }
}
