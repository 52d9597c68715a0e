//! Files that learning systems and public data sets write, each after its public description.

mod caliper;
mod edx_log;
mod event;
mod event_rows;
mod iso_duration;
mod py_irt;
mod qti_results;
mod quiz_tables;
mod recipe;
mod recipes;
mod rule;
mod sent;
mod xapi;

use serde_json::{Map, Value};

use crate::error::Error;
use crate::options::Options;

pub(crate) use event_rows::EventRows;
pub(crate) use qti_results::QtiRows;
pub(crate) use quiz_tables::pisa_options;
pub(crate) use recipe::Recipe;
pub(crate) use rule::TableRule;
pub use sent::{Sent, SentAnswer, SentFault, read_sent};

/// A system or data set whose files are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum System {
    /// ASSISTments 2009–2010 skill builder.
    Assistments2009,
    /// ASSISTments 2012–2013.
    Assistments2012,
    /// ASSISTments 2015.
    Assistments2015,
    /// ASSISTments 2017 data mining competition.
    Assistments2017,
    /// 1EdTech Caliper 1.2 events.
    Caliper,
    /// Canvas quiz, student analysis.
    CanvasQuiz,
    /// DataShop transactions.
    DataShop,
    /// DataShop student-step rollup, KDD Cup 2010.
    DataShopSteps,
    /// EdNet KT1.
    EdNetKt1,
    /// Open edX tracking log.
    EdxLog,
    /// Open edX table courseware_studentmodule.
    EdxModule,
    /// Item Response Warehouse.
    Irw,
    /// Moodle log.
    MoodleLog,
    /// Moodle quiz, grades or responses.
    MoodleQuiz,
    /// OneRoster results.
    OneRoster,
    /// OULAD studentAssessment.
    Oulad,
    /// PISA cognitive items.
    Pisa,
    /// py-irt.
    PyIrt,
    /// QTI 3 results.
    QtiResults,
    /// Riiid! (Kaggle 2020).
    Riiid,
    /// xAPI statements.
    Xapi,
}

impl System {
    /// Every system, by name.
    pub const ALL: [Self; 21] = [
        Self::Assistments2009,
        Self::Assistments2012,
        Self::Assistments2015,
        Self::Assistments2017,
        Self::Caliper,
        Self::CanvasQuiz,
        Self::DataShop,
        Self::DataShopSteps,
        Self::EdNetKt1,
        Self::EdxLog,
        Self::EdxModule,
        Self::Irw,
        Self::MoodleLog,
        Self::MoodleQuiz,
        Self::OneRoster,
        Self::Oulad,
        Self::Pisa,
        Self::PyIrt,
        Self::QtiResults,
        Self::Riiid,
        Self::Xapi,
    ];

    /// As `--from` has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Assistments2009 => "assistments-2009",
            Self::Assistments2012 => "assistments-2012",
            Self::Assistments2015 => "assistments-2015",
            Self::Assistments2017 => "assistments-2017",
            Self::Caliper => "caliper",
            Self::CanvasQuiz => "canvas-quiz",
            Self::DataShop => "datashop",
            Self::DataShopSteps => "datashop-steps",
            Self::EdNetKt1 => "ednet-kt1",
            Self::EdxLog => "edx-log",
            Self::EdxModule => "edx-module",
            Self::Irw => "irw",
            Self::MoodleLog => "moodle-log",
            Self::MoodleQuiz => "moodle-quiz",
            Self::OneRoster => "oneroster",
            Self::Oulad => "oulad",
            Self::Pisa => "pisa",
            Self::PyIrt => "py-irt",
            Self::QtiResults => "qti-results",
            Self::Riiid => "riiid",
            Self::Xapi => "xapi",
        }
    }

    /// What people call its files.
    pub fn title(self) -> &'static str {
        match self {
            Self::Assistments2009 => "ASSISTments 2009–2010",
            Self::Assistments2012 => "ASSISTments 2012–2013",
            Self::Assistments2015 => "ASSISTments 2015",
            Self::Assistments2017 => "ASSISTments 2017",
            Self::Caliper => "Caliper events",
            Self::CanvasQuiz => "a Canvas quiz student analysis",
            Self::DataShop => "DataShop transactions",
            Self::DataShopSteps => "a DataShop student-step table",
            Self::EdNetKt1 => "EdNet KT1",
            Self::EdxLog => "an Open edX tracking log",
            Self::EdxModule => "Open edX courseware_studentmodule",
            Self::Irw => "an Item Response Warehouse table",
            Self::MoodleLog => "a Moodle log",
            Self::MoodleQuiz => "a Moodle quiz report",
            Self::OneRoster => "OneRoster results",
            Self::Oulad => "OULAD studentAssessment",
            Self::Pisa => "PISA cognitive items",
            Self::PyIrt => "py-irt responses",
            Self::QtiResults => "QTI 3 results",
            Self::Riiid => "Riiid! answers",
            Self::Xapi => "xAPI statements",
        }
    }

    /// The system of a name.
    pub fn parse(name: &str) -> Option<Self> {
        let name = name.trim();
        Self::ALL.into_iter().find(|system| system.name().eq_ignore_ascii_case(name))
    }

    /// Whether its files are JSON objects that tell of events.
    pub(crate) fn is_events(self) -> bool {
        matches!(self, Self::Caliper | Self::EdxLog | Self::PyIrt | Self::Xapi)
    }

    /// The system whose objects have such keys. `first`: the first object, where it was seen whole.
    pub(crate) fn of_object(
        has: &impl Fn(&str) -> bool,
        first: Option<&Map<String, Value>>,
        wanted: Option<Self>,
    ) -> Option<Self> {
        let inner = first.and_then(|object| {
            let list = object.get("statements").or_else(|| object.get("data"))?;
            list.as_array()?.first()?.as_object()
        });
        let is_statement = has("actor") && has("verb") && has("object");
        let is_event = has("actor") && has("action") && has("type");
        let holds = |keys: [&str; 2]| {
            inner.is_some_and(|object| keys.iter().all(|key| object.contains_key(*key)))
        };
        let found = if is_statement
            || (has("statements") && (inner.is_none() || holds(["verb", "object"])))
        {
            Self::Xapi
        } else if is_event || (has("sensor") && has("data")) || holds(["action", "type"]) {
            Self::Caliper
        } else if has("event_type") && (has("event_source") || has("context")) {
            Self::EdxLog
        } else if has("subject_id") && has("responses") {
            Self::PyIrt
        } else {
            return None;
        };
        wanted.is_none_or(|wanted| wanted == found).then_some(found)
    }
}

/// A table that a system wrote.
pub(crate) enum Table {
    /// One answer a row.
    Long(Box<Recipe>),
    /// One student a row.
    Wide(System),
}

impl Table {
    /// The system that a header speaks for, or that the user names. What the user maps goes before.
    ///
    /// # Errors
    /// Where the user names a system whose columns are not there.
    pub(crate) fn of(headers: &[String], options: &Options) -> Option<Self> {
        let names = recipe::names_of(headers);
        let of = |system: System| -> Option<Self> {
            if let Some(recipe) = recipes::recipe(system) {
                return recipe.fits(&names).then(|| Self::Long(Box::new(recipe)));
            }
            quiz_tables::fits(system, headers).then_some(Self::Wide(system))
        };
        match options.from {
            Some(system) => of(system),
            None if options.map.is_empty() && options.wide.items.is_empty() => {
                System::ALL.into_iter().find_map(of)
            }
            None => None,
        }
    }
}

/// Fails where the user names a system of tables and the table is another one.
pub(crate) fn require_named(
    found: Option<&Table>,
    headers: &[String],
    options: &Options,
    path: &std::path::Path,
) -> Result<(), Error> {
    let Some(system) = options.from.filter(|_| found.is_none()) else { return Ok(()) };
    let missing = match recipes::recipe(system) {
        Some(recipe) => recipe.missing(&recipe::names_of(headers)).join(", "),
        None => "its columns".to_owned(),
    };
    Err(Error::NotFromSystem { path: path.to_owned(), system, missing })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_system_is_found_by_its_name() {
        for system in System::ALL {
            assert_eq!(System::parse(system.name()), Some(system));
            assert!(!system.title().is_empty());
        }
        assert!(System::ALL.is_sorted_by_key(|system| system.name()));
        assert_eq!(System::parse("blackboard"), None);
    }
}
