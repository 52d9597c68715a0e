//! What every model family does, in the same words, and what is done with all of them alike.

use memchr::memmem;
use seedtest_digest::sha256_hex;
use seedtest_numerics::{Budget, Control, Cost, Interrupt, Observer, Progress, Verdict};
use seedtest_wire::GrowthDiagnosticsJson;
use serde::Serialize;
use serde::de::{Deserialize, DeserializeOwned};
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};

use crate::digest::result_digest;
use crate::error::Error;
use crate::record::FitRecord;
use crate::two_threads::on_two_threads;

/// Rows from which on a second thread helps to write a response.
const WORTH_A_THREAD: usize = 256;

/// A model family.
pub trait ModelFamily {
    /// Name in routes, runs, the ledger and on the command line.
    const NAME: &'static str;
    /// What a caller sends, as typed.
    type Request<'a>: Deserialize<'a> + 'a;
    /// What is meant by it: checked, and with defaults where the request says nothing.
    type Spec: Sync;
    /// What it is fitted to: a table, or a log of answers.
    type Data: Sync;
    /// A fit with what it says of its data.
    type Fitted: Sync;
    /// Why there is no fit.
    type TooLittle: Serialize;
    /// A fit as the JSON of the contract.
    type Response: Serialize;
    /// What predicts from a fit later.
    type Stored: Serialize + DeserializeOwned;

    /// What every request may say.
    fn common(request: &Self::Request<'_>) -> Common;

    /// What a request means.
    fn spec(request: &Self::Request<'_>) -> Result<Self::Spec, Error>;

    /// What a request is about.
    fn data(request: Self::Request<'_>) -> Result<Self::Data, Error>;

    /// How large the data are.
    fn n_rows(data: &Self::Data) -> usize;

    /// The memory that fitting takes beyond the data, and the answer with it.
    fn cost(data: &Self::Data, spec: &Self::Spec) -> Result<Cost, Error>;

    /// Fits.
    fn fit(
        data: &Self::Data,
        spec: &Self::Spec,
        observer: &mut dyn Observer,
    ) -> Result<Outcome<Self::Fitted, Self::TooLittle>, Error>;

    /// The response to a run of this id; an empty id for the one that is digested.
    fn response(
        data: &Self::Data,
        spec: &Self::Spec,
        fitted: &Self::Fitted,
        run_id: &str,
    ) -> Result<Self::Response, Error>;

    /// What predicts from the fit later; `None` where nothing does.
    fn stored(fitted: &Self::Fitted, run_id: &str) -> Option<Self::Stored>;

    /// Puts a stored model into a response whose request asked for it.
    fn keep(response: &mut Self::Response, stored: Value);

    /// What the ledger wants to know.
    fn summary(spec: &Self::Spec, fitted: &Self::Fitted) -> Summary;

    /// How well the chains agree, where the fit has some.
    fn chains(_: &Self::Fitted) -> Option<GrowthDiagnosticsJson> {
        None
    }
}

/// What every request for a fit may say, whatever the family.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Common {
    /// `uuid` for an id of the run that is one.
    pub run_id_format: Option<String>,
    /// Seed of the random numbers.
    pub seed: Option<i64>,
    /// Seconds after which the best fit so far is wanted.
    pub max_seconds: Option<f64>,
    /// Whether the response is to carry what predicts later.
    pub keep_model: bool,
}

/// A fit, or why there is none.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome<F, N> {
    /// Fitted.
    Fitted(Box<F>),
    /// Too little to fit.
    TooLittle(N),
}

/// What a fit says of itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    /// Digest of everything the result depends on.
    pub input_digest: String,
    /// How the fit ended.
    pub verdict: Verdict,
    /// Seed of its random numbers, where it draws some.
    pub seed: Option<i64>,
}

/// The answer to a request for a fit.
#[derive(Debug, Clone)]
pub enum Answer {
    /// Fitted.
    Fitted {
        /// The response, as JSON.
        json: Vec<u8>,
        /// What the ledger keeps.
        record: FitRecord,
        /// What predicts from the fit later.
        stored: Option<Box<RawValue>>,
        /// How well the chains agree, where the fit has some.
        chains: Option<Box<GrowthDiagnosticsJson>>,
    },
    /// Too little to fit; the response says why.
    TooLittle {
        /// The response, as JSON.
        json: Vec<u8>,
    },
}

impl Answer {
    /// What the ledger keeps; `None` without a fit.
    pub fn record(&self) -> Option<&FitRecord> {
        match self {
            Self::Fitted { record, .. } => Some(record),
            Self::TooLittle { .. } => None,
        }
    }
}

/// Fits what a request asks for. The run is called `run_id`.
///
/// # Errors
/// Those of the family, for the request, its data and the fit.
pub fn answer<F: ModelFamily>(
    request: F::Request<'_>,
    run_id: &str,
    observer: &mut dyn Observer,
) -> Result<Answer, Error> {
    let keep_model = F::common(&request).keep_model;
    let spec = F::spec(&request)?;
    let data = F::data(request)?;
    let budget = admit(observer, || F::cost(&data, &spec))?;
    let fitted = match F::fit(&data, &spec, &mut Within { observer, budget })? {
        Outcome::Fitted(fitted) => fitted,
        Outcome::TooLittle(reason) => {
            return Ok(Answer::TooLittle { json: serde_json::to_vec(&reason)? });
        }
    };
    let named = || {
        let mut response = F::response(&data, &spec, &fitted, run_id)?;
        if let Some(stored) = F::stored(&fitted, run_id).filter(|_| keep_model) {
            F::keep(&mut response, serde_json::to_value(stored)?);
        }
        Ok::<_, Error>(serde_json::to_vec(&response)?)
    };
    let stored = || F::stored(&fitted, run_id).as_ref().map(storable).transpose();
    let (json, stored) = on_two_threads(F::n_rows(&data) >= WORTH_A_THREAD, named, stored);
    let (json, stored, summary) = (json?, stored?, F::summary(&spec, &fitted));
    let record = match nameless_digest(&json, run_id).filter(|_| !keep_model) {
        Some(result_digest) => recorded(result_digest, summary)?,
        None => record(&F::response(&data, &spec, &fitted, "")?, summary)?,
    };
    Ok(Answer::Fitted { json, record, stored, chains: F::chains(&fitted).map(Box::new) })
}

/// Lets work begin that the observer has room for; what is left is for what only the work itself knows.
pub(crate) fn admit(
    observer: &dyn Observer,
    cost: impl FnOnce() -> Result<Cost, Error>,
) -> Result<Budget, Error> {
    let budget = observer.budget();
    if budget == Budget::UNLIMITED {
        return Ok(budget);
    }
    let cost = cost()?;
    budget.admit(&cost)?;
    Ok(budget.beside(&cost))
}

/// An observer of work that may take another budget than its own.
pub(crate) struct Within<'o> {
    pub(crate) observer: &'o mut dyn Observer,
    pub(crate) budget: Budget,
}

impl Observer for Within<'_> {
    fn progress(&mut self, progress: &Progress) -> Control {
        self.observer.progress(progress)
    }

    fn interrupt(&self) -> Interrupt {
        self.observer.interrupt()
    }

    fn closing(&self) -> Interrupt {
        self.observer.closing()
    }

    fn budget(&self) -> Budget {
        self.budget
    }
}

/// Digest of a response whose run has an empty id, from the response to a run of this one: writing a
/// large response twice would cost more than the fit. `None` where the id does not stand in it once.
fn nameless_digest(json: &[u8], run_id: &str) -> Option<String> {
    let quoted = serde_json::to_vec(run_id).ok()?;
    let mut places = memmem::find_iter(json, &quoted);
    let (Some(place), None) = (places.next(), places.next()) else {
        return None;
    };
    let (before, after) = (json.get(..place)?, json.get(place + quoted.len()..)?);
    Some(sha256_hex(&[before, b"\"\"", after]))
}

/// What the ledger keeps of a fit: the digest of its result is that of the response without the name
/// of a run.
///
/// # Errors
/// When the response cannot be put into JSON.
pub fn record(nameless: &impl Serialize, summary: Summary) -> Result<FitRecord, Error> {
    recorded(result_digest(nameless)?, summary)
}

fn recorded(result_digest: String, summary: Summary) -> Result<FitRecord, Error> {
    let Summary { input_digest, verdict, seed } = summary;
    Ok(FitRecord { input_digest, result_digest, verdict: serde_json::to_value(&verdict)?, seed })
}

/// A model as it is stored. JSON has null for a number that is none, and such a model could not be read
/// again.
fn storable<M: Serialize + DeserializeOwned>(model: &M) -> Result<Box<RawValue>, Error> {
    let model = to_raw_value(model)?;
    match serde_json::from_str::<M>(model.get()) {
        Ok(_) => Ok(model),
        Err(_) => Err(Error::NoNumbers),
    }
}

/// Characters of the digest that name a fit.
const NAME_LENGTH: usize = 16;

/// Identity of a fit that nobody gave a name.
pub(crate) fn run_id_of(prefix: &str, input_digest: &str) -> String {
    format!("{prefix}-{}", input_digest.get(..NAME_LENGTH).unwrap_or(input_digest))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_digest_of_a_response_does_not_know_its_run() {
        let response = |run_id: &str, user: &str| json!({"rows": [[0.1, user]], "run_id": run_id});
        let digest = |run_id, user| {
            nameless_digest(&serde_json::to_vec(&response(run_id, user)).unwrap(), run_id)
        };
        let nameless = result_digest(&response("", "kim")).unwrap();
        assert_eq!(digest("one", "kim"), Some(nameless.clone()));
        assert_eq!(digest("a \"second\" one", "kim"), Some(nameless));
        assert_ne!(digest("one", "lee"), digest("one", "kim"));
        // Whose id it is cannot be told.
        assert_eq!(digest("kim", "kim"), None);
    }

    #[test]
    fn a_model_that_could_not_be_read_again_is_refused() {
        assert_eq!(storable(&vec![0.5, 1e300]).unwrap().get(), "[0.5,1e+300]");
        let error = storable(&vec![0.5, f64::INFINITY]).unwrap_err();
        assert!(matches!(error, Error::NoNumbers), "{error}");
    }
}
