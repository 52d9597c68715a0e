//! The model families by name: what there is of each over HTTP, in the ledger and on the command line.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use seedtest_fault::FaultKind;
use seedtest_numerics::{Observer, Silent};
use seedtest_wire::read_noting_unknown;
use serde::Serialize;
use serde::de::{Deserialize, DeserializeOwned};
use serde_json::Value;

use crate::error::Error;
use crate::family::{Answer, Common, ModelFamily, answer};
use crate::record::FitRecord;

/// Makes the schema of a type.
pub type SchemaOf = fn(&mut SchemaGenerator) -> Schema;

/// A family as those see it who do not know its types.
#[derive(Debug, Clone, Copy)]
pub struct FamilyEntry {
    /// Name in routes, runs, the ledger and on the command line.
    pub name: &'static str,
    /// Heading of its routes.
    pub title: &'static str,
    /// The route that fits.
    pub fit: Route,
    /// Other routes that do the same, as other clients call it.
    pub also: &'static [Route],
    /// Everything else that can be asked.
    pub questions: &'static [QuestionRoute],
    read: for<'a> fn(&'a str) -> Result<FitRequest<'a>, Error>,
    check: for<'a> fn(&'a str) -> Result<(), Error>,
}

/// What is said of a route.
#[derive(Debug, Clone, Copy)]
pub struct Route {
    /// Where it is.
    pub path: &'static str,
    /// Name of its operation in clients made from the description.
    pub operation: &'static str,
    /// A few words.
    pub summary: &'static str,
    /// One sentence or two.
    pub description: &'static str,
    /// What comes back.
    pub answer: &'static str,
    /// JSON: an object of OpenAPI examples of the request by name.
    pub examples: &'static str,
    /// Refusals besides those of every route with a body.
    pub refusals: &'static [FaultKind],
    /// Schemas of request and answer.
    pub shapes: Shapes,
}

/// A route that answers a question without a run of its own.
#[derive(Debug, Clone, Copy)]
pub struct QuestionRoute {
    /// What is said of it.
    pub route: Route,
    /// Bytes of a request up to which it is answered at once, without waiting for a worker.
    pub at_once: usize,
    /// Reads a request.
    pub read: for<'a> fn(&'a str) -> Result<Question<'a>, Error>,
}

/// Schemas of request and answer.
#[derive(Debug, Clone, Copy)]
pub struct Shapes {
    /// Of the request.
    pub request: SchemaOf,
    /// Of the answer.
    pub answer: SchemaOf,
    /// Of what the answer may be instead.
    pub others: [Option<SchemaOf>; 2],
}

impl Shapes {
    /// The schemas of these types.
    pub(crate) const fn of<Q: JsonSchema, A: JsonSchema>() -> Self {
        let request = SchemaGenerator::subschema_for::<Q>;
        Self { request, answer: SchemaGenerator::subschema_for::<A>, others: [None; 2] }
    }

    /// The same where the answer may also be an `N`: for want of rows, or because something else was asked for.
    pub(crate) const fn or<N: JsonSchema>(self) -> Self {
        let schema: SchemaOf = SchemaGenerator::subschema_for::<N>;
        let others = match self.others {
            [None, last] => [Some(schema), last],
            [first, _] => [first, Some(schema)],
        };
        Self { others, ..self }
    }
}

/// A request for a fit that was understood.
pub struct FitRequest<'a> {
    /// What it says whatever the family.
    pub common: Common,
    /// Fields of it that the family does not know.
    pub unknown_fields: Vec<String>,
    fit: Fitting<'a>,
}

type Fitting<'a> = Box<dyn FnOnce(&str, &mut dyn Observer) -> Result<Answer, Error> + 'a>;

impl FitRequest<'_> {
    /// Fits. The run is called `run_id`.
    ///
    /// # Errors
    /// Those of the family.
    pub fn fit(self, run_id: &str, observer: &mut dyn Observer) -> Result<Answer, Error> {
        (self.fit)(run_id, observer)
    }
}

/// A question that was understood.
pub struct Question<'a> {
    /// The stored fit it is about; `None` where it needs none.
    pub about: Option<StoredFit>,
    /// Seconds after which it is given up, where it says so.
    pub max_seconds: Option<f64>,
    /// Fields of it that nobody reads.
    pub unknown_fields: Vec<String>,
    answer: Answering<'a>,
}

type Answering<'a> =
    Box<dyn FnOnce(Option<Value>, &mut dyn Observer) -> Result<Vec<u8>, Error> + 'a>;

/// What a question says whatever the family.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Asks {
    /// The stored fit it is about; `None` where it needs none.
    pub(crate) about: Option<StoredFit>,
    /// Seconds after which it is given up.
    pub(crate) max_seconds: Option<f64>,
}

/// Which stored fit.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StoredFit {
    run_id: Option<String>,
}

impl StoredFit {
    /// That of a run, or the newest.
    pub fn of(run_id: Option<&str>) -> Self {
        let named = run_id.filter(|id| !id.eq_ignore_ascii_case("latest"));
        Self { run_id: named.map(str::to_owned) }
    }

    /// The run; `None` = the newest.
    pub fn run_id(&self) -> Option<&str> {
        self.run_id.as_deref()
    }
}

impl Question<'_> {
    /// The answer as JSON; `stored` is the fit the question is about, if there is one. A fit that did not
    /// converge is none unless the question names it.
    ///
    /// # Errors
    /// Those of the family.
    pub fn answer(
        self,
        stored: Option<Value>,
        observer: &mut dyn Observer,
    ) -> Result<Vec<u8>, Error> {
        (self.answer)(stored, observer)
    }
}

/// Reads a question to a family: `asks` finds what questions to all families say, `answer` answers it. A fit that
/// is named has to be there.
pub(crate) fn question<'a, Q, S, A>(
    family: &'static str,
    text: &'a str,
    asks: impl FnOnce(&Q) -> Asks,
    answer: impl FnOnce(&Q, Option<&S>, &mut dyn Observer) -> Result<A, Error> + 'a,
) -> Result<Question<'a>, Error>
where
    Q: Deserialize<'a> + 'a,
    S: DeserializeOwned,
    A: Serialize,
{
    let (request, unknown_fields) = read_noting_unknown::<Q>(text).map_err(Error::Malformed)?;
    let Asks { about, max_seconds } = asks(&request);
    let named = about.as_ref().and_then(StoredFit::run_id).map(str::to_owned);
    let answer = move |stored: Option<Value>, observer: &mut dyn Observer| {
        if let (Some(run_id), None) = (named, &stored) {
            return Err(Error::UnknownRun { family, run_id });
        }
        let stored: Option<S> = stored.map(serde_json::from_value).transpose()?;
        Ok(serde_json::to_vec(&answer(&request, stored.as_ref(), observer)?)?)
    };
    Ok(Question { about, max_seconds, unknown_fields, answer: Box::new(answer) })
}

fn read<'a, F: ModelFamily>(text: &'a str) -> Result<FitRequest<'a>, Error> {
    let (request, unknown_fields) =
        read_noting_unknown::<F::Request<'a>>(text).map_err(Error::Malformed)?;
    let common = F::common(&request);
    let fit = |run_id: &str, observer: &mut dyn Observer| answer::<F>(request, run_id, observer);
    Ok(FitRequest { common, unknown_fields, fit: Box::new(fit) })
}

/// Whether a request can be read, and asks for what there is.
fn check<'a, F: ModelFamily>(text: &'a str) -> Result<(), Error> {
    let (request, _) = read_noting_unknown::<F::Request<'a>>(text).map_err(Error::Malformed)?;
    F::spec(&request).map(drop)
}

impl FamilyEntry {
    pub(crate) const fn of<F: ModelFamily>(
        title: &'static str,
        fit: Route,
        questions: &'static [QuestionRoute],
    ) -> Self {
        let (read, check) = (read::<F>, check::<F>);
        Self { name: F::NAME, title, fit, also: &[], questions, read, check }
    }

    /// The same with other routes that fit.
    pub(crate) const fn also(self, also: &'static [Route]) -> Self {
        Self { also, ..self }
    }

    /// Reads a request for a fit.
    ///
    /// # Errors
    /// [`Error::Malformed`] for a text that is none.
    pub fn read<'a>(&self, request: &'a str) -> Result<FitRequest<'a>, Error> {
        (self.read)(request)
    }

    /// Looks at a request for a fit without fitting: whether it can be read, and what it asks for exists. Whether its
    /// data can be used turns out in the fit.
    ///
    /// # Errors
    /// Those of a fit for its settings.
    pub fn check(&self, request: &str) -> Result<(), Error> {
        (self.check)(request)
    }

    /// Fits a stored request again, without a name of its own.
    ///
    /// # Errors
    /// Why it cannot be repeated.
    pub fn repeat(&self, request: &str) -> Result<FitRecord, String> {
        let fitted = self.read(request).and_then(|request| request.fit("", &mut Silent));
        let fitted = fitted.map_err(|error| error.to_string())?;
        fitted.record().cloned().ok_or_else(|| "there is too little to fit".to_string())
    }
}
