//! Who a student is compared with, and how few are too few to speak of.

use serde::{Deserialize, Serialize};

use crate::lang::Lang;

/// Fewest students of whom a report gives a figure: below it, a figure of the group would be one of
/// persons.
pub const FEWEST: u32 = 5;

/// A class of the roster, as a report names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClassName {
    /// Id of the class in the roster.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Name of its school, where the roster has one.
    pub school: Option<String>,
}

/// Which group a comparison is made within.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "name", rename_all = "snake_case")]
pub enum Group {
    /// The class of this name.
    Class(String),
    /// The school of this name.
    School(String),
    /// Everybody in the database: there is no roster, or the student is not in it.
    Everyone,
}

/// Where an ability stands in a group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Standing {
    /// Share (0..1) of the group below the ability; see
    /// [`empirical_percentile`](super::empirical_percentile).
    pub below: f64,
    /// Students of the group that have an ability, the student among them.
    pub n: u32,
    /// The group.
    pub group: Group,
}

impl Standing {
    /// Whether the group is large enough to speak of a place in it.
    pub fn is_told(&self) -> bool {
        self.n >= FEWEST
    }
}

impl Group {
    /// The tag of the text that names the group.
    pub(crate) fn key(&self) -> &'static str {
        match self {
            Self::Class(_) => "class",
            Self::School(_) => "school",
            Self::Everyone => "everyone",
        }
    }

    /// The name, where it has one.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Class(name) | Self::School(name) => name,
            Self::Everyone => "",
        }
    }
}

/// A name in two languages.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Name {
    /// Korean.
    pub ko: Option<String>,
    /// English.
    pub en: Option<String>,
}

impl Name {
    /// The name in this language, else in the other one.
    pub fn of(&self, lang: Lang) -> Option<&str> {
        let (first, second) = match lang {
            Lang::Ko => (&self.ko, &self.en),
            Lang::En => (&self.en, &self.ko),
        };
        first.as_deref().or(second.as_deref())
    }
}

#[cfg(test)]
mod tests {
    use super::{Group, Name, Standing};
    use crate::lang::Lang;

    #[test]
    fn a_name_of_the_other_language_is_better_than_none() {
        let name = Name { ko: Some("분수".into()), en: None };
        assert_eq!((name.of(Lang::Ko), name.of(Lang::En)), (Some("분수"), Some("분수")));
        assert_eq!(Name::default().of(Lang::En), None);
    }

    #[test]
    fn four_students_are_too_few_for_a_place() {
        let standing = |n| Standing { below: 0.5, n, group: Group::Everyone };
        assert!(!standing(4).is_told() && standing(5).is_told());
    }
}
