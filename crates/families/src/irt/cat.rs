//! Adaptive tests: from the words of a request to a bank, and from a step to the answer.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use seedtest_irt::cat::{
    Answered, Bank, BankItem, CatError, Classification, ContentArea, Exposure, Pick, Relaxed, Rule,
    SimulationSpec, Spec, State, Step, Stopping, SympsonHetterSpec, Why, next, simulate,
    sympson_hetter,
};
use seedtest_irt::polytomous::KnownItem;
use seedtest_irt::{ScoreError, ScoreMethod};
use seedtest_numerics::{DEFAULT_SEED, Observer};
use seedtest_wire::{
    CatAnswerJson, CatAreaJson, CatConstraintJson, CatExposureJson, CatNextRequest,
    CatNextResponse, CatPickJson, CatRunnerUpJson, CatSettingsJson, CatSimulationResponse,
    CatStopJson, CatSympsonHetterJson, NextItemsJson, item_curves_of,
};
use serde_json::Value;

use super::cat_words::{method_name, refused, stop_name, stop_text};
use crate::error::Error;

/// Most items of a bank.
const MOST_ITEMS: usize = 20_000;

/// Of how many of the best items one is drawn, unless a request says it.
const RANDOMESQUE: u32 = 5;

/// A bank with the names of its items and areas.
#[derive(Debug, Clone)]
pub struct CatBank {
    ids: Vec<String>,
    code_of: HashMap<String, u32>,
    known: Vec<KnownItem>,
    areas: Vec<String>,
    bank: Bank,
    /// What is doubtful about its items.
    doubts: Vec<String>,
}

/// What an item of a bank may say besides its parameters.
#[derive(Default)]
struct Beside {
    area: Option<String>,
    enemies: Vec<String>,
    exposure: Option<f64>,
}

impl CatBank {
    /// Reads a bank: an object by item, a list, or a whole calibration.
    ///
    /// # Errors
    /// For text that is none of these, items without parameters, and enemies that are not in the bank.
    pub fn read(text: &str) -> Result<Self, Error> {
        let bad = |reason: String| Error::field("item_params", reason);
        let items = item_curves_of(text).map_err(bad)?;
        if items.len() > MOST_ITEMS {
            return Err(bad(format!(
                "has {} items, at most {MOST_ITEMS} are possible",
                items.len()
            )));
        }
        let value: Value = serde_json::from_str(text)?;
        let mut beside = beside(&value);
        let code_of: HashMap<String, u32> =
            (0u32..).zip(&items).map(|(code, (id, _))| (id.clone(), code)).collect();
        let names: BTreeSet<&String> = beside.values().filter_map(|of| of.area.as_ref()).collect();
        let areas: Vec<String> = names.into_iter().cloned().collect();
        let (mut ids, mut known, mut bank) = (Vec::new(), Vec::new(), Vec::new());
        for (id, item) in items {
            let own = beside.remove(&id).unwrap_or_default();
            let enemy = |enemy: &String| {
                let unknown =
                    || bad(format!("item {id} has the enemy {enemy}, which is not in the bank"));
                code_of.get(enemy).copied().ok_or_else(unknown)
            };
            let area = own.area.as_ref().and_then(|name| areas.binary_search(name).ok());
            bank.push(BankItem {
                curves: item.curves.clone(),
                area: area.map(|at| at as u32),
                enemies: own.enemies.iter().map(enemy).collect::<Result<_, _>>()?,
                exposure: own.exposure.unwrap_or(1.0),
            });
            ids.push(id);
            known.push(item);
        }
        let doubts = doubts(&ids, &known);
        let bank = Bank::new(bank).map_err(|error| refused(&error, &ids, &areas))?;
        Ok(Self { ids, code_of, known, areas, bank, doubts })
    }

    /// Number of its items.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether it has none; a bank that was read has some.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    fn code(&self, field: &'static str, id: &str) -> Result<u32, Error> {
        let unknown = || Error::field(field, format!("item {id} is not in the bank"));
        self.code_of.get(id).copied().ok_or_else(unknown)
    }

    /// What was answered, with the codes of the bank.
    ///
    /// # Errors
    /// For items that are not in the bank, and scores that their categories do not have.
    pub fn state(&self, history: &[CatAnswerJson], set_aside: &[String]) -> Result<State, Error> {
        let answered = |answer: &CatAnswerJson| {
            let item = self.code("history", &answer.item_id)?;
            self.must_agree(item, answer)?;
            let score = answer.score.or(answer.is_correct.map(u8::from));
            let category = match score {
                None => None,
                Some(score) => Some(self.category(item, score)?),
            };
            Ok(Answered { item, category })
        };
        Ok(State {
            history: history.iter().map(answered).collect::<Result<_, Error>>()?,
            set_aside: set_aside
                .iter()
                .map(|id| self.code("set_aside", id))
                .collect::<Result<_, _>>()?,
        })
    }

    /// Refuses an answer that is right with the lowest score or wrong with the highest one.
    fn must_agree(&self, item: u32, answer: &CatAnswerJson) -> Result<(), Error> {
        let (Some(score), Some(is_correct)) = (answer.score, answer.is_correct) else {
            return Ok(());
        };
        let scores = &self.known[item as usize].scores;
        let refuting = if is_correct { scores.first() } else { scores.last() };
        if refuting != Some(&score) {
            return Ok(());
        }
        let problem = format!(
            "item {}: is_correct {is_correct} and score {score} contradict each other; send one of them",
            self.ids[item as usize]
        );
        Err(Error::field("history", problem))
    }

    fn category(&self, item: u32, score: u8) -> Result<usize, Error> {
        let known = &self.known[item as usize];
        let highest = known.scores.last().copied().unwrap_or(0);
        let none = || {
            let (id, scores) = (&self.ids[item as usize], &known.scores);
            Error::field("history", format!("item {id} has the scores {scores:?}, not {score}"))
        };
        known.category(score).filter(|_| score <= highest).ok_or_else(none)
    }

    /// What settings mean for this bank.
    ///
    /// # Errors
    /// For words that are none, and areas that no item of the bank has.
    pub fn spec(&self, settings: &CatSettingsJson, test: u64) -> Result<Spec, Error> {
        let rule = settings.rule.as_deref().map(str::parse::<Rule>).transpose();
        let method = settings.method.as_deref().map(str::parse::<ScoreMethod>).transpose();
        let mut spec = Spec {
            rule: rule.map_err(|reason| Error::field("rule", reason))?.unwrap_or_default(),
            method: method
                .map_err(|error: ScoreError| Error::field("method", error.to_string()))?
                .unwrap_or_default(),
            exposure: exposure_of(settings)?,
            areas: settings
                .areas
                .iter()
                .map(|(name, of)| self.area(name, of))
                .collect::<Result<_, _>>()?,
            stopping: stopping_of(settings),
            seed: settings.seed.unwrap_or(DEFAULT_SEED),
            test,
            ..Spec::default()
        };
        spec.prior.mean = settings.prior_mean.unwrap_or(spec.prior.mean);
        spec.prior.sd = settings.prior_sd.unwrap_or(spec.prior.sd);
        Ok(spec)
    }

    /// Whether all items together do not reach the standard error that is asked for.
    fn too_small(&self, spec: &Spec) -> Option<String> {
        let wanted = spec.stopping.se?;
        let best = (-40..=40).map(|step| {
            let theta = 0.1 * f64::from(step);
            let information = self.known.iter().map(|of| of.curves.information(theta)).sum::<f64>();
            (theta, information)
        });
        let best = best.fold((0.0, 0.0), |best, of| if of.1 > best.1 { of } else { best });
        let sd = spec.prior.sd;
        let reached = 1.0 / (best.1 + 1.0 / (sd * sd)).sqrt();
        (reached > wanted).then(|| {
            format!(
                "all {} items together reach a standard error of {reached:.2} at best (at ability {:.1}), \
                 {wanted} is asked for: no test can end by precision",
                self.ids.len(),
                best.0
            )
        })
    }

    fn area(&self, name: &str, of: &CatAreaJson) -> Result<ContentArea, Error> {
        let Ok(at) = self.areas.binary_search_by(|known| known.as_str().cmp(name)) else {
            let known = if self.areas.is_empty() {
                "no item of the bank names an area".to_string()
            } else {
                format!("the areas of the bank are {}", self.areas.join(", "))
            };
            return Err(Error::field("areas", format!("{name} is no area: {known}")));
        };
        Ok(ContentArea { area: at as u32, min: of.min, max: of.max, share: of.share })
    }

    /// The next item of a test, or why it ends, in words.
    ///
    /// # Errors
    /// For histories and settings that cannot be.
    pub fn next(&self, state: &State, spec: &Spec) -> Result<CatNextResponse, Error> {
        let step = next(&self.bank, state, spec)
            .map_err(|error| refused(&error, &self.ids, &self.areas))?;
        Ok(self.response(&step, state, spec))
    }

    fn response(&self, step: &Step, state: &State, spec: &Spec) -> CatNextResponse {
        let estimate = step.estimate;
        let pick = step.pick.as_ref().map(|pick| self.pick(pick, state, spec, estimate.theta));
        let next_items = step.pick.as_ref().map(|pick| NextItemsJson {
            item_identifiers: vec![self.ids[pick.item as usize].clone()],
            stage_length: 1,
        });
        let constraints = step.areas.iter().map(|of| CatConstraintJson {
            area: self.areas[of.area as usize].clone(),
            given: of.given,
            min: of.min,
            max: of.max,
            share: of.share,
            left: of.left,
            met: of.met,
            feasible: of.feasible,
        });
        let mut warnings = self.doubts.clone();
        if estimate.fallback {
            warnings.push(format!(
                "{} has no value yet: the posterior mean stands in for it",
                method_name(spec.method)
            ));
        }
        let missed: Vec<&str> = step
            .areas
            .iter()
            .filter(|of| step.stop.is_some() && !of.met)
            .map(|of| self.areas[of.area as usize].as_str())
            .collect();
        if !missed.is_empty() {
            warnings.push(format!(
                "the test ended without the items asked for of {}",
                missed.join(", ")
            ));
        }
        CatNextResponse {
            status: "success".into(),
            ok: true,
            session_identifier: None,
            next_items,
            theta: estimate.theta,
            se: estimate.se,
            se_reason: estimate.se.is_none().then(|| "no_maximum".into()),
            n: state.history.len(),
            information: estimate.information,
            pick,
            stop: step.stop.map(|of| CatStopJson { text: stop_text(&of), of }),
            constraints: constraints.collect(),
            relaxed: step.relaxed.iter().map(|of| self.relaxed_text(*of)).collect(),
            warnings,
        }
    }

    fn pick(&self, pick: &Pick, state: &State, spec: &Spec, theta: f64) -> CatPickJson {
        let finite = |value: f64| Some(value).filter(|value| value.is_finite());
        let id = |item: u32| self.ids[item as usize].clone();
        let aside = state.set_aside.iter().chain(&pick.set_aside);
        CatPickJson {
            text: self.pick_text(pick, spec, theta),
            rule: spec.rule.name().into(),
            value: finite(pick.value),
            rank: pick.rank,
            n_eligible: pick.n_eligible,
            runner_up: pick
                .runner_up
                .map(|(item, value)| CatRunnerUpJson { item_id: id(item), value: finite(value) }),
            why: match pick.why {
                Why::Best => "best",
                Why::Drawn => "drawn",
                Why::BetterSetAside => "better_set_aside",
                Why::AllSetAside => "all_set_aside",
            }
            .into(),
            area: pick.area.map(|area| self.areas[area as usize].clone()),
            set_aside: aside.map(|item| id(*item)).collect(),
        }
    }

    fn pick_text(&self, pick: &Pick, spec: &Spec, theta: f64) -> String {
        let id = &self.ids[pick.item as usize];
        let value = pick.value;
        let of = match spec.rule {
            Rule::MaximumInformation => format!("information {value:.3} at ability {theta:.2}"),
            Rule::KullbackLeibler => format!("Kullback–Leibler information {value:.3}"),
            Rule::MinimumExpectedPosteriorVariance => {
                format!("expected posterior variance {value:.4}")
            }
        };
        let n = pick.n_eligible;
        let what = match pick.why {
            Why::Best => format!("{id} is the best of {n} items: {of}"),
            Why::Drawn => {
                format!("{id} was drawn from the best of {n} items, place {}: {of}", pick.rank)
            }
            Why::BetterSetAside => {
                format!(
                    "{id} is place {} of {n} items, better ones are kept from being given too often: {of}",
                    pick.rank
                )
            }
            Why::AllSetAside => {
                format!("{id} is the best of {n} items, all of which were to be set aside: {of}")
            }
        };
        match pick.area {
            None => what,
            Some(area) => format!("{what}; {} had to come next", self.areas[area as usize]),
        }
    }

    fn relaxed_text(&self, relaxed: Relaxed) -> String {
        match relaxed {
            Relaxed::TooFewInBank { area, min, available } => format!(
                "{} asks for {min} items, of which there are {available}: all of them are given",
                self.areas[area as usize]
            ),
            Relaxed::TooFewItemsLeft { needed, left } => format!(
                "the areas ask for {needed} more items and the test has {left} left: those that lack most come first"
            ),
            Relaxed::NoItemAllowed => {
                "every item left is of an area that has its most, or an enemy of one that was given: the best of them \
                 is given all the same"
                    .into()
            }
        }
    }

    /// Simulates tests of `of.n` students. With `target`, exposure parameters are looked for first.
    ///
    /// # Errors
    /// For settings and numbers that cannot be.
    pub fn simulate(
        &self,
        settings: &CatSettingsJson,
        of: &SimulationSpec,
        target: Option<f64>,
    ) -> Result<CatSimulationResponse, Error> {
        let named = |error: CatError| refused(&error, &self.ids, &self.areas);
        let mut spec = self.spec(settings, 0)?;
        let mut bank = self.bank.clone();
        let mut warnings = self.doubts.clone();
        warnings.extend(self.too_small(&spec));
        let mut found = None;
        if let Some(target) = target {
            let how = SympsonHetterSpec { target, ..SympsonHetterSpec::default() };
            let parameters = sympson_hetter(&bank, &spec, of, &how).map_err(named)?;
            if !parameters.settled {
                warnings.push(format!(
                    "after {} rounds an item is still in {:.0} % of the tests: raise the target, shorten the test, or \
                     widen the bank",
                    parameters.rounds,
                    100.0 * parameters.largest
                ));
            }
            bank = bank.with_exposure(&parameters.exposure).map_err(named)?;
            spec.exposure = Exposure::SympsonHetter;
            let (rounds, largest, settled) =
                (parameters.rounds, parameters.largest, parameters.settled);
            found = Some(CatSympsonHetterJson { target, rounds, largest, settled });
        }
        let tests = simulate(&bank, &spec, of).map_err(named)?;
        let mut stopped: BTreeMap<String, u32> = BTreeMap::new();
        for test in &tests.tests {
            *stopped.entry(stop_name(&test.stop).into()).or_default() += 1;
        }
        let exposure = self.ids.iter().zip(&tests.given).zip(bank.items());
        Ok(CatSimulationResponse {
            status: "success".into(),
            ok: true,
            n: of.n,
            n_items: self.ids.len(),
            settings: settings.clone(),
            all: tests.all,
            by_ability: tests.bins,
            exposure: exposure
                .map(|((id, rate), item)| CatExposureJson {
                    item_id: id.clone(),
                    rate: *rate,
                    parameter: item.exposure,
                })
                .collect(),
            largest_exposure: tests.given.iter().copied().fold(0.0, f64::max),
            never_given: tests.given.iter().filter(|rate| **rate == 0.0).count(),
            overlap: tests.overlap,
            stopped,
            constraints_met: tests.constraints_met,
            sympson_hetter: found,
            warnings,
        })
    }
}

/// Abilities beyond which hardly anybody is.
const FAR: f64 = 6.0;
/// Items that a warning names.
const NAMED: usize = 5;

/// Items that are given to nobody's good.
fn doubts(ids: &[String], known: &[KnownItem]) -> Vec<String> {
    let named = |what: &str, is_so: &dyn Fn(&KnownItem) -> bool| {
        let found: Vec<&str> =
            ids.iter().zip(known).filter(|(_, item)| is_so(item)).map(|(id, _)| &**id).collect();
        (!found.is_empty()).then(|| {
            let more = found.len().saturating_sub(NAMED);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            format!("{what}: {}{more}", found[..found.len().min(NAMED)].join(", "))
        })
    };
    let reversed = named("able students do worse (a is negative), check the key of", &|item| {
        item.curves.slope().is_some_and(|a| a < 0.0)
    });
    let far = named("difficulties beyond ±6, where hardly anybody is", &|item| {
        item.curves.difficulties().iter().any(|b| b.abs() > FAR)
    });
    reversed.into_iter().chain(far).collect()
}

/// `POST /cat/next`.
///
/// # Errors
/// For banks, histories and settings that cannot be, and when interrupted.
pub fn cat_next(
    request: &CatNextRequest,
    observer: &mut dyn Observer,
) -> Result<CatNextResponse, Error> {
    let Some(bank) = &request.item_params else {
        return Err(Error::field("item_params", "is missing: a test needs items with parameters"));
    };
    let bank = CatBank::read(&bank.to_string())?;
    observer.interrupt().check()?;
    let state = bank.state(&request.history, &request.set_aside)?;
    let spec = bank.spec(&request.settings, request.test.unwrap_or(0))?;
    bank.next(&state, &spec)
}

fn beside(value: &Value) -> HashMap<String, Beside> {
    let list = match value {
        Value::Array(list) => Some(list),
        Value::Object(object) => {
            object.get("item_params").or_else(|| object.get("items")).and_then(Value::as_array)
        }
        _ => None,
    };
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    let of = |entry: &Value| Beside {
        area: entry.get("area").and_then(text),
        enemies: entry
            .get("enemies")
            .and_then(Value::as_array)
            .map_or(Vec::new(), |list| list.iter().filter_map(text).collect()),
        exposure: entry.get("exposure").and_then(Value::as_f64),
    };
    let id = |entry: &Value| {
        ["item_id", "question_id", "item"].into_iter().find_map(|key| entry.get(key)).and_then(text)
    };
    match (list, value) {
        (Some(list), _) => list.iter().filter_map(|entry| Some((id(entry)?, of(entry)))).collect(),
        (None, Value::Object(object)) => {
            object.iter().map(|(id, entry)| (id.clone(), of(entry))).collect()
        }
        _ => HashMap::new(),
    }
}

fn exposure_of(settings: &CatSettingsJson) -> Result<Exposure, Error> {
    let word = settings.exposure_control.as_deref();
    match word.map(|word| word.trim().to_ascii_lowercase().replace('-', "_")).as_deref() {
        None if settings.randomesque.is_none() => Ok(Exposure::None),
        Some("none") => Ok(Exposure::None),
        None | Some("randomesque") => {
            Ok(Exposure::Randomesque { of: settings.randomesque.unwrap_or(RANDOMESQUE) })
        }
        Some("sympson_hetter") => Ok(Exposure::SympsonHetter),
        Some(other) => {
            let reason = format!("{other:?} is none of none, randomesque, sympson_hetter");
            Err(Error::field("exposure_control", reason))
        }
    }
}

fn stopping_of(settings: &CatSettingsJson) -> Stopping {
    let default = Stopping::default();
    let classification = settings.classification;
    let se = match settings.se {
        Some(0.0) => None,
        Some(se) => Some(se),
        None if classification.is_some() => None,
        None => default.se,
    };
    Stopping {
        min_items: settings.min_items.unwrap_or(default.min_items),
        max_items: settings.max_items.or(default.max_items),
        se,
        classification: classification.map(|of| Classification { cut: of.cut, level: of.level }),
    }
}

#[cfg(test)]
mod tests {
    use seedtest_numerics::Silent;
    use serde_json::json;

    use super::*;

    fn ask(request: Value) -> Result<CatNextResponse, String> {
        let request: CatNextRequest = serde_json::from_value(request).unwrap();
        cat_next(&request, &mut Silent).map_err(|error| error.to_string())
    }

    fn bank() -> Value {
        json!([
            {"item_id": "easy", "a": 1.0, "b": -2.0, "area": "algebra"},
            {"item_id": "middle", "a": 1.8, "b": 0.1, "area": "algebra", "enemies": ["twin"]},
            {"item_id": "twin", "a": 1.7, "b": 0.1, "area": "geometry"},
            {"item_id": "long", "model": "GRM", "a": 1.2, "b": [0.5, 1.5], "area": "geometry"},
        ])
    }

    #[test]
    fn a_pick_says_why_and_under_which_constraints() {
        let first = ask(json!({"item_params": bank()})).unwrap();
        let next = first.next_items.unwrap();
        assert_eq!((next.item_identifiers, next.stage_length), (vec!["middle".to_string()], 1));
        let pick = first.pick.unwrap();
        // a²P(1 − P) with P = 1/(1 + e^0.18): 3.24 · 0.247986 = 0.803474.
        assert_eq!(pick.text, "middle is the best of 4 items: information 0.803 at ability 0.00");
        assert_eq!(pick.runner_up.unwrap().item_id, "twin");
        let areas = json!({"geometry": {"min": 2, "max": 2}});
        let request = json!({"item_params": bank(), "history": [{"item_id": "middle", "is_correct": true}],
            "settings": {"areas": areas, "max_items": 3}});
        let second = ask(request).unwrap();
        // Its twin is an enemy: one item of geometry is left.
        assert_eq!(second.next_items.unwrap().item_identifiers, ["long"]);
        assert!(
            second.relaxed[0].contains("geometry asks for 2 items, of which there are 1"),
            "{:?}",
            second.relaxed
        );
        assert!(!second.constraints[0].feasible);
        assert!(second.theta > 0.0 && second.se.unwrap() < 1.0);
    }

    #[test]
    fn a_test_ends_with_its_reason() {
        let history = json!([{"item_id": "long", "score": 2}, {"item_id": "middle", "score": 1}]);
        let request =
            json!({"item_params": bank(), "history": history, "settings": {"max_items": 2}});
        let ended = ask(request).unwrap();
        let stop = ended.stop.unwrap();
        assert!(ended.next_items.is_none() && stop.text.contains("2 items were given"), "{stop:?}");
        assert_eq!(serde_json::to_value(&stop).unwrap()["rule"], "length");
        let clear = json!({"item_params": bank(), "history": history,
            "settings": {"classification": {"cut": -1.0, "level": 0.8}}});
        assert!(ask(clear).unwrap().stop.unwrap().text.contains("above the cut"));
    }

    #[test]
    fn an_answer_that_contradicts_itself_is_refused() {
        let of = |id: &str, is_correct: bool, score: u8| {
            let history = json!([{"item_id": id, "is_correct": is_correct, "score": score}]);
            ask(json!({"item_params": bank(), "history": history}))
        };
        for (id, is_correct, score) in
            [("middle", true, 0), ("middle", false, 1), ("long", true, 0), ("long", false, 2)]
        {
            let refused = of(id, is_correct, score).unwrap_err();
            let told = format!("item {id}: is_correct {is_correct} and score {score} contradict");
            assert!(refused.contains(&told), "{refused}");
        }
        // Part of the points is neither right nor wrong for certain.
        for (id, is_correct, score) in [
            ("middle", true, 1),
            ("middle", false, 0),
            ("long", true, 2),
            ("long", true, 1),
            ("long", false, 1),
        ] {
            assert!(of(id, is_correct, score).is_ok(), "{id} {is_correct} {score}");
        }
    }

    #[test]
    fn what_cannot_be_is_refused_by_name() {
        let history = |id: &str, score: u8| json!([{"item_id": id, "score": score}]);
        for (request, said) in [
            (json!({}), "item_params: is missing"),
            (json!({"item_params": {}}), "no item with parameters"),
            (json!({"item_params": [{"item_id": "q"}]}), "item q has no b and no d"),
            (json!({"item_params": [{"item_id": "q", "b": 0, "enemies": ["r"]}]}), "enemy r"),
            (
                json!({"item_params": bank(), "history": history("x", 1)}),
                "item x is not in the bank",
            ),
            (
                json!({"item_params": bank(), "history": history("long", 3)}),
                "scores [0, 1, 2], not 3",
            ),
            (json!({"item_params": bank(), "settings": {"rule": "best"}}), "rule"),
            (json!({"item_params": bank(), "settings": {"areas": {"x": {}}}}), "algebra, geometry"),
            (
                json!({"item_params": bank(), "settings": {"areas": {"algebra": {"min": 3, "max": 1}}}}),
                "algebra: its most is below its least",
            ),
            (json!({"item_params": bank(), "settings": {"exposure_control": "x"}}), "randomesque"),
            (json!({"item_params": bank(), "settings": {"prior_sd": -1}}), "prior_sd"),
        ] {
            let refused = ask(request.clone()).unwrap_err();
            assert!(refused.contains(said), "{request}: {refused}");
        }
    }
}
