//! Who is in which class, and what students, topics and items are called.

use std::collections::{BTreeMap, HashMap};

use seedtest_report::{ClassName, Lang, Name};
use seedtest_store::{ContentKind, Store};

use crate::error::Error;

/// The roster and the names of a database, read once.
#[derive(Default)]
pub(super) struct People {
    names: HashMap<String, String>,
    classes: BTreeMap<String, ClassName>,
    /// Classes of every student, by name.
    of_student: HashMap<String, Vec<String>>,
    /// Students of every class, by id: there may be thousands of classes, and each is asked for.
    members: HashMap<String, Vec<String>>,
    /// Names of the schools by id: several may be called the same.
    schools: HashMap<String, String>,
    /// Id of the school of every class that has one, by the id of the class.
    school_of: HashMap<String, String>,
    /// Name of the only school, where there is exactly one.
    school: Option<String>,
    topics: HashMap<String, Name>,
    items: HashMap<String, Name>,
}

impl People {
    pub(super) async fn read(store: &Store) -> Result<Self, Error> {
        let roster = store.roster().await?;
        let mut found = Self::default();
        for school in &roster.schools {
            found.schools.insert(school.school_id.clone(), school.name.clone());
        }
        if let [only] = &roster.schools[..] {
            found.school = Some(only.name.clone());
        }
        for class in &roster.classes {
            let school_id = class.school_id.as_ref();
            let school = school_id.and_then(|id| found.schools.get_key_value(id));
            let name = ClassName {
                id: class.class_id.clone(),
                name: class.name.clone(),
                school: school.map(|(_, name)| name.clone()),
            };
            if let Some((id, _)) = school {
                found.school_of.insert(class.class_id.clone(), id.clone());
            }
            found.classes.insert(class.class_id.clone(), name);
        }
        for student in roster.students {
            found.names.extend(student.name.map(|name| (student.user_id, name)));
        }
        for of in roster.enrolments {
            if found.classes.contains_key(&of.class_id) {
                let members = found.members.entry(of.class_id.clone()).or_default();
                members.push(of.user_id.clone());
                found.of_student.entry(of.user_id).or_default().push(of.class_id);
            }
        }
        found.members.values_mut().for_each(|members| members.sort_unstable());
        for ids in found.of_student.values_mut() {
            ids.sort_by(|a, b| {
                let name = |id: &String| &found.classes[id].name;
                name(a).cmp(name(b)).then_with(|| a.cmp(b))
            });
        }
        for named in store.content_names().await? {
            let of = match named.kind {
                ContentKind::Topic => &mut found.topics,
                ContentKind::Item => &mut found.items,
            };
            let name = of.entry(named.id).or_default();
            match named.lang.as_str() {
                "ko" => name.ko = Some(named.name),
                _ => name.en = Some(named.name),
            }
        }
        Ok(found)
    }

    /// Whether there is any class.
    pub(super) fn has_classes(&self) -> bool {
        !self.classes.is_empty()
    }

    /// The classes, by school and name.
    pub(super) fn classes(&self) -> Vec<&ClassName> {
        let mut classes: Vec<&ClassName> = self.classes.values().collect();
        classes.sort_by(|a, b| {
            a.school.cmp(&b.school).then_with(|| a.name.cmp(&b.name)).then_with(|| a.id.cmp(&b.id))
        });
        classes
    }

    /// The classes of a student, by name.
    pub(super) fn classes_of(&self, user_id: &str) -> &[String] {
        self.of_student.get(user_id).map_or(&[], Vec::as_slice)
    }

    /// The students of a class, by id.
    pub(super) fn members_of(&self, class_id: &str) -> &[String] {
        self.members.get(class_id).map_or(&[], Vec::as_slice)
    }

    /// Topics and items are called by their ids from now on: whoever reads what is made then names them in the
    /// language of the reader.
    pub(super) fn forget_content_names(&mut self) {
        self.topics.clear();
        self.items.clear();
    }

    /// Id of the school of a class.
    pub(super) fn school_of(&self, class_id: &str) -> Option<&str> {
        self.school_of.get(class_id).map(String::as_str)
    }

    /// Name of a school.
    pub(super) fn school_name(&self, school_id: &str) -> Option<&str> {
        self.schools.get(school_id).map(String::as_str)
    }

    /// Name of the only school.
    pub(super) fn school(&self) -> Option<&str> {
        self.school.as_deref()
    }

    pub(super) fn name(&self, user_id: &str) -> Option<String> {
        self.names.get(user_id).cloned()
    }

    /// The class that a student's own report names: the first by name.
    pub(super) fn class_of(&self, user_id: &str) -> Option<&ClassName> {
        self.of_student.get(user_id)?.first().map(|id| &self.classes[id])
    }

    /// The topic as it is to be shown.
    pub(super) fn topic(&self, id: &str, lang: Lang) -> String {
        self.topics.get(id).and_then(|name| name.of(lang)).unwrap_or(id).to_owned()
    }

    /// The item as it is to be shown: its name, or its id.
    pub(super) fn item(&self, id: &str, lang: Lang) -> String {
        self.items.get(id).and_then(|name| name.of(lang)).unwrap_or(id).to_owned()
    }
}
