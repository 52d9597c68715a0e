//! Weekly I_t as series.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, Utc, Weekday};
use seedtest_kpi::week_start;
use seedtest_store::Store;

use crate::calendar::{day_at, days_before};
use crate::error::Error;

/// How finely a run looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum By {
    /// Everybody together.
    Cohort,
    /// And each class.
    Class,
    /// And each student.
    Student,
}

/// Whose series.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Scope {
    /// Everybody's mean.
    Cohort,
    /// The mean of a class.
    Class(String),
    /// A student's own.
    Student(String),
}

impl Scope {
    /// The word in `fit_meta`.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::Cohort => "cohort",
            Self::Class(_) => "class",
            Self::Student(_) => "student",
        }
    }

    /// The class or the student.
    pub(crate) fn name(&self) -> Option<&str> {
        match self {
            Self::Cohort => None,
            Self::Class(name) | Self::Student(name) => Some(name),
        }
    }

    /// The student.
    pub(crate) fn user_id(&self) -> Option<&str> {
        match self {
            Self::Student(name) => Some(name),
            Self::Cohort | Self::Class(_) => None,
        }
    }

    /// Id of this part of a run.
    pub(crate) fn run_id(&self, run_id: &str) -> String {
        match self.name() {
            None => run_id.to_owned(),
            Some(name) => format!("{run_id}:{}:{name}", self.word()),
        }
    }
}

/// I_t week by week.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct WeeklySeries {
    pub(crate) scope: Scope,
    /// Seconds since 1970-01-01 of the Mondays, ascending.
    pub(crate) time: Vec<i64>,
    /// Mean I_t of the students of the week.
    pub(crate) value: Vec<f64>,
}

/// I_t of every student and week, and the class of each.
pub(crate) struct WeeklyImprovement {
    /// By student and week.
    of_students: BTreeMap<String, BTreeMap<NaiveDate, f64>>,
    classes: HashMap<String, String>,
}

impl WeeklyImprovement {
    /// The last `weeks` weeks that are over.
    pub(crate) async fn load(
        store: &Store,
        now: DateTime<Utc>,
        weeks: u32,
        by: By,
    ) -> Result<Self, Error> {
        let last = last_week(day_at(store.time_zone(), now));
        let first = days_before(last, 7 * (weeks.max(1) - 1));
        let mut of_students: BTreeMap<String, BTreeMap<NaiveDate, f64>> = BTreeMap::new();
        for (user_id, week, value) in store.weekly_improvement(first, last).await? {
            of_students.entry(user_id).or_default().insert(week, value);
        }
        let classes = match by {
            By::Cohort => HashMap::new(),
            By::Class | By::Student => store.classrooms(now).await?.into_iter().collect(),
        };
        Ok(Self { of_students, classes })
    }

    /// Everybody's mean.
    pub(crate) fn cohort(&self) -> WeeklySeries {
        series(Scope::Cohort, self.of_students.values())
    }

    /// The means of the classes, by name.
    pub(crate) fn classes(&self) -> Vec<WeeklySeries> {
        let mut members: BTreeMap<&str, Vec<&BTreeMap<NaiveDate, f64>>> = BTreeMap::new();
        for (user_id, weeks) in &self.of_students {
            if let Some(class) = self.classes.get(user_id) {
                members.entry(class).or_default().push(weeks);
            }
        }
        let of_class = |(class, weeks): (&str, Vec<&BTreeMap<NaiveDate, f64>>)| {
            series(Scope::Class(class.to_owned()), weeks.into_iter())
        };
        members.into_iter().map(of_class).collect()
    }

    /// Every student's own, by id.
    pub(crate) fn students(&self) -> Vec<WeeklySeries> {
        self.of_students.keys().filter_map(|user_id| self.student(user_id)).collect()
    }

    /// One student's own.
    pub(crate) fn student(&self, user_id: &str) -> Option<WeeklySeries> {
        let weeks = self.of_students.get(user_id)?;
        Some(series(Scope::Student(user_id.to_owned()), std::iter::once(weeks)))
    }
}

/// Monday of the last week that is over.
fn last_week(today: NaiveDate) -> NaiveDate {
    let monday = week_start(today);
    if today.weekday() == Weekday::Sun { monday } else { days_before(monday, 7) }
}

fn series<'a>(
    scope: Scope,
    students: impl Iterator<Item = &'a BTreeMap<NaiveDate, f64>>,
) -> WeeklySeries {
    let mut weeks: BTreeMap<NaiveDate, (f64, u32)> = BTreeMap::new();
    for (&week, value) in students.flatten() {
        let (sum, n) = weeks.entry(week).or_default();
        *sum += value;
        *n += 1;
    }
    let time =
        weeks.keys().map(|week| week.and_time(NaiveTime::MIN).and_utc().timestamp()).collect();
    let value = weeks.values().map(|(sum, n)| sum / f64::from(*n)).collect();
    WeeklySeries { scope, time, value }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_week_counts_when_it_is_over() {
        assert_eq!(last_week(day("2025-03-09")), day("2025-03-03"));
        assert_eq!(last_week(day("2025-03-10")), day("2025-03-03"));
        assert_eq!(last_week(day("2025-03-15")), day("2025-03-03"));
    }

    #[test]
    fn a_mean_is_of_the_students_of_the_week() {
        let weeks = |pairs: &[(&str, f64)]| pairs.iter().map(|(d, v)| (day(d), *v)).collect();
        let of_students = BTreeMap::from([
            ("a".to_owned(), weeks(&[("2025-03-03", 0.2), ("2025-03-10", 0.4)])),
            ("b".to_owned(), weeks(&[("2025-03-10", 0.0)])),
        ]);
        let classes = HashMap::from([("b".to_owned(), "3B".to_owned())]);
        let all = WeeklyImprovement { of_students, classes };
        let cohort = all.cohort();
        assert_eq!(cohort.value, [0.2, 0.2]);
        assert_eq!(cohort.time[1] - cohort.time[0], 7 * 86_400);
        let classes = all.classes();
        assert_eq!((classes.len(), &classes[0].value[..]), (1, &[0.0][..]));
        assert_eq!(classes[0].scope.run_id("r"), "r:class:3B");
        assert_eq!(all.students().len(), 2);
        assert!(all.student("c").is_none());
    }
}
