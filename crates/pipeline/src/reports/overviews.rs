//! What the pages of the dashboard show: the view models of the reports as documents, a student a row and a group a
//! row, so that nothing is counted on view.
//!
//! Topics and items stand in them by their ids: a page names them in the language of its reader.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, NaiveDate, Utc};
use seedtest_report::{
    ClassFigures, ClassName, ClassReport, Coverage, Lang, SchoolOverview, StudentRow, TopicScore,
    WeekScore,
};
use seedtest_store::{Overview, OverviewKind, SilentStudent, Store, StudentView};
use serde::Serialize;
use serde_json::Value;

use super::class::{class_report, class_topics, class_weeks, student_rows};
use super::item_pages::Calibrated;
use super::material::Material;
use super::operator::operator_report;
use super::segment::class_segments;
use super::span::Span;
use super::student::student_report;
use super::sums::group_weeks;
use super::write::newest_week;
use crate::error::Error;

/// The language of what has no names.
const ANY: Lang = Lang::En;

/// Everything the documents of a week are made from.
pub(crate) struct Overviews {
    material: Material,
    calibrated: Calibrated,
    /// Students with KPIs in the week, by id.
    users: Vec<String>,
    computed_at: DateTime<Utc>,
}

/// What is shown of groups, and who is in them without figures of the week.
pub(crate) struct Groups {
    pub(crate) overviews: Vec<Overview>,
    pub(crate) silent: Vec<SilentStudent>,
}

impl Overviews {
    /// Reads it, of the week a day lies in or of the newest one.
    ///
    /// # Errors
    /// [`Error::InTheFuture`] for a week that has not begun; [`Error::NothingToReport`] before the first KPIs; when
    /// the database refuses.
    pub(crate) async fn read(
        store: &Store,
        day: Option<NaiveDate>,
        now: DateTime<Utc>,
    ) -> Result<Self, Error> {
        let week = match day {
            Some(day) => seedtest_kpi::week_start(day),
            None => newest_week(store, now).await?,
        };
        let mut material = Box::pin(Material::read(store, Span::Week(week), now)).await?;
        let calibrated = Calibrated::read(store, material.calibration.as_ref()).await?;
        material.people.forget_content_names();
        let mut users: Vec<String> = material.kpis.keys().cloned().collect();
        users.sort_unstable();
        Ok(Self { material, calibrated, users, computed_at: now })
    }

    /// Monday of the week.
    pub(crate) fn week(&self) -> NaiveDate {
        self.material.week
    }

    /// The students of the week, by id.
    pub(crate) fn users(&self) -> &[String] {
        &self.users
    }

    /// These students, each with the row of the list of a class and the report.
    ///
    /// # Errors
    /// When a number cannot be written.
    pub(crate) fn students(&self, users: &[String]) -> Result<Vec<StudentView>, Error> {
        let view = |row: StudentRow| -> Result<StudentView, Error> {
            let report = student_report(&self.material, &row.user_id, ANY);
            Ok(StudentView {
                user_id: row.user_id.clone(),
                week_start: self.material.week,
                report: Some(document(&report)?),
                urgency: row.urgency(),
                urgency_without_risk: row.urgency_without_risk(),
                summary: document(&StudentRow { file: None, ..row })?,
                computed_at: self.computed_at,
            })
        };
        student_rows(&self.material, users, ANY).into_iter().map(view).collect()
    }

    /// The classes, the schools and the models, and the students without figures.
    ///
    /// # Errors
    /// When a number cannot be written.
    pub(crate) fn groups(&self) -> Result<Groups, Error> {
        let mut all = Vec::new();
        let mut silent = BTreeMap::new();
        let mut schools: BTreeMap<String, Vec<(ClassFigures, Coverage)>> = BTreeMap::new();
        for (class, members) in self.classes() {
            let report = class_report(&self.material, class, &members, ANY);
            if class.is_none() && members.is_empty() && report.absent.is_empty() {
                continue;
            }
            silent.extend(report.absent.iter().map(|of| (of.user_id.clone(), of.days_silent)));
            let figures = ClassFigures::of(class.cloned(), &report.students, &report.absent);
            let subject = class.map_or("", |class| &*class.id);
            let enrolled = self.material.people.members_of(subject).len() as u32;
            let coverage = Coverage::of(&report.students, enrolled);
            all.push(self.overview(OverviewKind::Class, subject, &without_people(report))?);
            let school = class.and_then(|class| self.material.people.school_of(&class.id));
            if let Some(school) = school {
                schools.entry(school.to_owned()).or_default().push((figures.clone(), coverage));
            }
            schools.entry(String::new()).or_default().push((figures, coverage));
        }
        for (school, classes) in &schools {
            let document = self.school(school, classes);
            all.push(self.overview(OverviewKind::School, school, &document)?);
        }
        let models = operator_report(&self.material, &self.calibrated, ANY);
        all.push(self.overview(OverviewKind::Models, "", &models)?);
        let silent = silent.into_iter().map(|(user_id, days_silent)| SilentStudent {
            user_id,
            week_start: self.material.week,
            days_silent,
            computed_at: self.computed_at,
        });
        Ok(Groups { overviews: all, silent: silent.collect() })
    }

    /// Every class with its students of the week; those of no class come last.
    fn classes(&self) -> Vec<(Option<&ClassName>, Vec<String>)> {
        let people = &self.material.people;
        let mut members: HashMap<&str, Vec<String>> = HashMap::new();
        let mut others = Vec::new();
        for user in &self.users {
            let classes = people.classes_of(user);
            for class in classes {
                members.entry(class).or_default().push(user.clone());
            }
            if classes.is_empty() {
                others.push(user.clone());
            }
        }
        let of = |class: &'_ ClassName| members.remove(&*class.id).unwrap_or_default();
        let classes = people.classes();
        let students: Vec<Vec<String>> = classes.iter().copied().map(of).collect();
        let mut all: Vec<_> = classes.into_iter().map(Some).zip(students).collect();
        all.push((None, others));
        all
    }

    /// A school, or everybody under the empty id.
    fn school(&self, school_id: &str, classes: &[(ClassFigures, Coverage)]) -> SchoolOverview {
        let material = &self.material;
        let is_everybody = school_id.is_empty();
        let (weekly_accuracy, topics) = if is_everybody {
            (class_weeks(material, None), class_topics(material, &self.users, ANY))
        } else {
            self.of_school(school_id)
        };
        let coverage = classes.iter().fold(Coverage::default(), |sum, (_, one)| sum.and(*one));
        SchoolOverview {
            name: if is_everybody {
                material.people.school().map(str::to_owned)
            } else {
                material.people.school_name(school_id).map(str::to_owned)
            },
            week_start: material.week,
            generated_at: material.generated_at.clone(),
            coverage,
            classes: classes.iter().map(|(figures, _)| figures.clone()).collect(),
            weekly_accuracy,
            topics,
            forecast: material.forecast.clone(),
            segments: material.segment_run.as_ref().and_then(class_segments),
            warnings: Vec::new(),
            provenance: material.provenance.clone(),
        }
    }

    /// Weeks and topics of one school.
    fn of_school(&self, school_id: &str) -> (Vec<WeekScore>, Vec<TopicScore>) {
        let people = &self.material.people;
        let is_in = |user: &&String| {
            let classes = people.classes_of(user);
            classes.iter().any(|class| people.school_of(class) == Some(school_id))
        };
        let users: Vec<String> = self.users.iter().filter(is_in).cloned().collect();
        let sums = users.iter().filter_map(|user| self.material.sums_of(user));
        let week = |(week_start, sum): (NaiveDate, super::sums::GroupSum)| WeekScore {
            week_start,
            n: sum.n,
            right: sum.right,
            mean: Some(sum.mean),
            group: None,
        };
        let weeks = group_weeks(sums).into_iter().map(week).collect();
        (weeks, class_topics(&self.material, &users, ANY))
    }

    fn overview(
        &self,
        kind: OverviewKind,
        subject: &str,
        of: &impl Serialize,
    ) -> Result<Overview, Error> {
        Ok(Overview {
            kind,
            subject: subject.to_owned(),
            week_start: self.material.week,
            document: document(of)?,
            computed_at: self.computed_at,
        })
    }
}

/// A class without its students, who are rows of their own, and without what is the same for all classes.
fn without_people(report: ClassReport) -> ClassReport {
    ClassReport { students: Vec::new(), absent: Vec::new(), items: Vec::new(), ..report }
}

fn document(of: &impl Serialize) -> Result<Value, Error> {
    Ok(serde_json::to_value(of)?)
}
