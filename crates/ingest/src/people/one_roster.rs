//! The CSV tables of OneRoster 1.1 and 1.2 (1EdTech): `users`, `classes`, `enrollments`, `orgs`, and
//! in 1.2 `roles`, as a folder or a zip file.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};

use super::error::PeopleError;
use super::person::full_name;
use super::sheet::{Sheet, SheetRow};
use super::{ClassRow, RosterFile, SchoolRow, StudentRow};
use crate::grid::workbook_kind;

/// Largest table that is unpacked.
const LARGEST: u64 = 1 << 30;

/// Which column of `users` holds the id that the answers carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum StudentIdColumn {
    /// `sourcedId`.
    #[default]
    SourcedId,
    /// `username`.
    Username,
    /// `identifier`.
    Identifier,
    /// `email`.
    Email,
}

impl StudentIdColumn {
    fn name(self) -> &'static str {
        match self {
            Self::SourcedId => "sourcedId",
            Self::Username => "username",
            Self::Identifier => "identifier",
            Self::Email => "email",
        }
    }
}

/// The tables of a package by file name.
pub(super) struct Package {
    path: PathBuf,
    tables: HashMap<String, Vec<u8>>,
}

impl Package {
    /// The package at a path; `None` for a file that is no zip, or one that is a workbook.
    pub(super) fn open(path: &Path) -> Result<Option<Self>, PeopleError> {
        let io = |source| PeopleError::Io { path: path.to_owned(), source };
        let meta = fs::metadata(path).map_err(io)?;
        let tables = if meta.is_dir() {
            from_folder(path)?
        } else {
            let bytes = fs::read(path).map_err(io)?;
            if !bytes.starts_with(b"PK") || workbook_kind(&bytes, path).is_some() {
                return Ok(None);
            }
            from_zip(path, bytes)?
        };
        Ok(Some(Self { path: path.to_owned(), tables }))
    }

    fn table(&self, name: &'static str) -> Result<Option<Sheet>, PeopleError> {
        let Some(bytes) = self.tables.get(name) else { return Ok(None) };
        match Sheet::parse(format!("{}: {name}", self.path.display()), bytes) {
            // A delta without changes of a table has its header alone.
            Err(PeopleError::Empty { .. }) => Ok(None),
            found => found.map(Some),
        }
    }

    fn needed(&self, name: &'static str) -> Result<Sheet, PeopleError> {
        self.table(name)?
            .ok_or_else(|| PeopleError::NoTable { path: self.path.clone(), table: name })
    }

    /// The roster of the tables. Rows with `status` `tobedeleted` are what is gone.
    pub(super) fn roster(&self, id: StudentIdColumn) -> Result<RosterFile, PeopleError> {
        let mut roster = RosterFile::default();
        if let Some(orgs) = self.table("orgs.csv")? {
            roster.schools = schools(&orgs)?;
        }
        let roles = self.table("roles.csv")?.as_ref().map(students_by_role).transpose()?;
        let users = self.needed("users.csv")?;
        let ids = read_users(&users, id, roles.as_ref(), &mut roster)?;
        if let Some(classes) = self.table("classes.csv")? {
            read_classes(&classes, &mut roster)?;
        }
        if let Some(enrollments) = self.table("enrollments.csv")? {
            read_enrollments(&enrollments, &ids, &mut roster)?;
        }
        Ok(roster)
    }
}

fn from_folder(path: &Path) -> Result<HashMap<String, Vec<u8>>, PeopleError> {
    let io = |path: &Path| {
        let path = path.to_owned();
        move |source| PeopleError::Io { path, source }
    };
    let mut tables = HashMap::new();
    for entry in fs::read_dir(path).map_err(io(path))? {
        let file = entry.map_err(io(path))?.path();
        let name = file.file_name().map(|name| name.to_string_lossy().to_lowercase());
        if let Some(name) = name.filter(|name| is_table(name)) {
            tables.insert(name, fs::read(&file).map_err(io(&file))?);
        }
    }
    Ok(tables)
}

/// Whether a file of this name, in small letters, is a table.
fn is_table(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|ending| ending == "csv")
}

fn from_zip(path: &Path, bytes: Vec<u8>) -> Result<HashMap<String, Vec<u8>>, PeopleError> {
    let bad = |message: String| PeopleError::Zip { path: path.to_owned(), message };
    let mut archive =
        zip::ZipArchive::new(Cursor::new(bytes)).map_err(|error| bad(error.to_string()))?;
    let mut tables = HashMap::new();
    for place in 0..archive.len() {
        let file = archive.by_index(place).map_err(|error| bad(error.to_string()))?;
        let name = file.name().map_err(|error| bad(error.to_string()))?;
        let name = name.rsplit('/').next().unwrap_or_default().to_lowercase();
        if !is_table(&name) {
            continue;
        }
        let mut table = Vec::new();
        let read = file.take(LARGEST + 1).read_to_end(&mut table);
        let read = read.map_err(|error| bad(format!("{name}: {error}")))?;
        if read as u64 > LARGEST {
            return Err(bad(format!("{name} is larger than {LARGEST} bytes")));
        }
        tables.insert(name, table);
    }
    Ok(tables)
}

/// Whether a row stays; rows of a bulk export have no status.
fn is_active(row: SheetRow<'_>, status: Option<usize>) -> Result<bool, PeopleError> {
    match (row.text(status), status) {
        (Some(word), _) if word.eq_ignore_ascii_case("tobedeleted") => Ok(false),
        (Some(word), Some(column)) if !word.eq_ignore_ascii_case("active") => {
            Err(row.bad(column, "active or tobedeleted"))
        }
        _ => Ok(true),
    }
}

fn schools(orgs: &Sheet) -> Result<Vec<SchoolRow>, PeopleError> {
    let (id, name) = (orgs.needed(&["sourcedId"])?, orgs.needed(&["name"])?);
    let (kind, status) = (orgs.column(&["type"]), orgs.column(&["status"]));
    let mut schools = Vec::new();
    for row in orgs.rows() {
        let is_school = row.text(kind).is_none_or(|kind| kind.eq_ignore_ascii_case("school"));
        if is_school && is_active(row, status)? {
            schools.push(SchoolRow { id: row.needed(id)?.into(), name: row.needed(name)?.into() });
        }
    }
    Ok(schools)
}

/// Users with a student's role (1.2 has roles in a table of their own).
fn students_by_role(roles: &Sheet) -> Result<BTreeSet<String>, PeopleError> {
    let (user, role) = (roles.needed(&["userSourcedId"])?, roles.needed(&["role"])?);
    let status = roles.column(&["status"]);
    let mut students = BTreeSet::new();
    for row in roles.rows() {
        if is_active(row, status)? && row.needed(role)?.eq_ignore_ascii_case("student") {
            students.insert(row.needed(user)?.to_owned());
        }
    }
    Ok(students)
}

/// Reads the students; returns their ids by `sourcedId`, and `None` for who is no student.
fn read_users(
    users: &Sheet,
    id: StudentIdColumn,
    roles: Option<&BTreeSet<String>>,
    roster: &mut RosterFile,
) -> Result<HashMap<String, Option<String>>, PeopleError> {
    let sourced = users.needed(&["sourcedId"])?;
    let shown = users.needed(&[id.name()])?;
    let role = users.column(&["role"]);
    if roles.is_none() && role.is_none() {
        users.needed(&["role"])?;
    }
    let given = users.column(&["preferredFirstName"]);
    let (first, family) = (users.column(&["givenName"]), users.column(&["familyName"]));
    let preferred_family = users.column(&["preferredLastName"]);
    let status = users.column(&["status"]);
    let mut ids = HashMap::new();
    for row in users.rows() {
        let source = row.needed(sourced)?;
        let is_student = match roles {
            Some(students) => students.contains(source),
            None => row.text(role).is_some_and(|role| role.eq_ignore_ascii_case("student")),
        };
        if !is_active(row, status)? {
            // Who is gone may have lost the role already.
            if let Some(id) = row.text(Some(shown)) {
                roster.gone_students.push(id.to_owned());
            }
            ids.insert(source.to_owned(), None);
            continue;
        }
        if !is_student {
            roster.others += 1;
            ids.insert(source.to_owned(), None);
            continue;
        }
        let id = row.needed(shown)?;
        ids.insert(source.to_owned(), Some(id.to_owned()));
        let name = full_name(
            row.text(given).or_else(|| row.text(first)),
            row.text(preferred_family).or_else(|| row.text(family)),
        );
        roster.students.push(StudentRow { id: id.to_owned(), name });
    }
    let mut seen = BTreeMap::new();
    for student in &roster.students {
        *seen.entry(&*student.id).or_insert(0) += 1;
    }
    if let Some((twice, _)) = seen.into_iter().find(|(_, n)| *n > 1) {
        return Err(PeopleError::Table {
            table: users.name.clone(),
            message: format!("two students have the {} {twice:?}", id.name()),
        });
    }
    Ok(ids)
}

fn read_classes(classes: &Sheet, roster: &mut RosterFile) -> Result<(), PeopleError> {
    let (id, title) = (classes.needed(&["sourcedId"])?, classes.needed(&["title"])?);
    let school = classes.column(&["schoolSourcedId"]);
    let (grade, status) = (classes.column(&["grades", "grade"]), classes.column(&["status"]));
    for row in classes.rows() {
        if !is_active(row, status)? {
            roster.gone_classes.push(row.needed(id)?.to_owned());
            continue;
        }
        roster.classes.push(ClassRow {
            id: row.needed(id)?.into(),
            school_id: row.text(school).map(str::to_owned),
            name: row.needed(title)?.into(),
            grade: row.text(grade).map(str::to_owned),
        });
    }
    Ok(())
}

fn read_enrollments(
    enrollments: &Sheet,
    ids: &HashMap<String, Option<String>>,
    roster: &mut RosterFile,
) -> Result<(), PeopleError> {
    let class = enrollments.needed(&["classSourcedId"])?;
    let user = enrollments.needed(&["userSourcedId"])?;
    let (role, status) = (enrollments.column(&["role"]), enrollments.column(&["status"]));
    let known: BTreeSet<String> = roster
        .classes
        .iter()
        .map(|class| class.id.clone())
        .chain(roster.gone_classes.iter().cloned())
        .collect();
    let mut enrolments = BTreeSet::new();
    for row in enrollments.rows() {
        let is_student = row.text(role).is_none_or(|role| role.eq_ignore_ascii_case("student"));
        let (class_id, user_id) = (row.needed(class)?, row.needed(user)?);
        let is_active = is_active(row, status)?;
        let student = match ids.get(user_id) {
            Some(student) => student,
            None if is_active => return Err(row.unknown(user, user_id, "users.csv")),
            None => continue,
        };
        if is_active && !known.contains(class_id) {
            return Err(row.unknown(class, class_id, "classes.csv"));
        }
        let Some(student) = student.clone().filter(|_| is_student) else { continue };
        let of = (student, class_id.to_owned());
        if is_active {
            enrolments.insert(of);
        } else {
            roster.ended.push(of);
        }
    }
    roster.enrolments = enrolments.into_iter().collect();
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use tempfile::TempDir;

    use super::super::read_roster;
    use super::*;

    const ORGS: &str = "sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId\n\
        d1,,,교육청,district,,\no1,,,한빛중학교,school,,d1\n";
    const CLASSES: &str = "sourcedId,status,dateLastModified,title,grades,courseSourcedId,classCode,\
        classType,location,schoolSourcedId,termSourcedIds\n\
        c1,,,2학년 3반,8,,,homeroom,,o1,t1\nc2,,,2학년 4반,8,,,homeroom,,o1,t1\n";
    const ENROLLMENTS: &str = "sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,\
        userSourcedId,role,primary,beginDate,endDate\n\
        e1,,,c1,o1,u1,student,,,\ne2,,,c2,o1,u2,student,,,\ne3,,,c1,o1,u9,teacher,true,,\n";
    /// The columns of 1.1.
    const USERS_11: &str = "sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,\
        userIds,givenName,familyName,middleName,identifier,email\n\
        u1,,,true,o1,student,s-1,,서연,김,,N1,\nu2,,,true,o1,student,s-2,,Ada,Lovelace,,N2,\n\
        u9,,,true,o1,teacher,t-1,,선생,이,,,\n";
    /// The columns of 1.2: no role, preferred names.
    const USERS_12: &str = "sourcedId,status,dateLastModified,enabledUser,username,userIds,givenName,\
        familyName,middleName,identifier,email,preferredFirstName,preferredMiddleName,preferredLastName\n\
        u1,,,true,s-1,,서연,김,,N1,,,,\nu2,,,true,s-2,,Augusta,Lovelace,,N2,,Ada,,\n\
        u9,,,true,t-1,,선생,이,,,,,,\n";
    const ROLES: &str = "sourcedId,status,dateLastModified,userSourcedId,roleType,role,beginDate,\
        endDate,orgSourcedId,userProfileSourcedId\n\
        r1,,,u1,primary,student,,,o1,\nr2,,,u2,primary,student,,,o1,\nr3,,,u9,primary,teacher,,,o1,\n";

    fn folder(tables: &[(&str, &str)]) -> TempDir {
        let dir = TempDir::new().unwrap();
        for (name, text) in tables {
            std::fs::write(dir.path().join(name), text).unwrap();
        }
        dir
    }

    fn check(roster: &RosterFile) {
        let names: Vec<_> = roster.students.iter().map(|s| s.name.clone().unwrap()).collect();
        assert_eq!(names, ["김서연", "Ada Lovelace"]);
        assert_eq!(roster.schools, [SchoolRow { id: "o1".into(), name: "한빛중학교".into() }]);
        assert_eq!(roster.classes[0].name, "2학년 3반");
        assert_eq!(roster.classes[0].school_id.as_deref(), Some("o1"));
        assert_eq!(roster.others, 1, "the teacher is not kept");
    }

    #[test]
    fn both_versions_say_the_same() {
        let one = folder(&[
            ("orgs.csv", ORGS),
            ("classes.csv", CLASSES),
            ("enrollments.csv", ENROLLMENTS),
            ("users.csv", USERS_11),
        ]);
        let two = folder(&[
            ("orgs.csv", ORGS),
            ("classes.csv", CLASSES),
            ("enrollments.csv", ENROLLMENTS),
            ("users.csv", USERS_12),
            ("roles.csv", ROLES),
        ]);
        let [one, two] = [one, two]
            .map(|dir| read_roster(dir.path(), StudentIdColumn::Username, &|_| false).unwrap());
        check(&one);
        assert_eq!(one, two);
        assert_eq!(one.enrolments, [("s-1".into(), "c1".into()), ("s-2".into(), "c2".into())]);
    }

    #[test]
    fn a_zip_file_is_a_folder() {
        let dir = TempDir::new().unwrap();
        let path = dir.path().join("roster.zip");
        let mut archive = zip::ZipWriter::new(std::fs::File::create(&path).unwrap());
        for (name, text) in [
            ("orgs.csv", ORGS),
            ("classes.csv", CLASSES),
            ("export/enrollments.csv", ENROLLMENTS),
            ("users.csv", USERS_11),
        ] {
            archive.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
            archive.write_all(text.as_bytes()).unwrap();
        }
        archive.finish().unwrap();
        check(&read_roster(&path, StudentIdColumn::Identifier, &|_| false).unwrap());
        std::fs::write(&path, b"PK\x03\x04 not really").unwrap();
        let error = read_roster(&path, StudentIdColumn::SourcedId, &|_| false).unwrap_err();
        assert!(matches!(error, PeopleError::Zip { .. }), "{error}");
    }

    #[test]
    fn what_is_to_be_deleted_is_gone() {
        let users = USERS_11.replace("u2,,", "u2,tobedeleted,");
        let enrollments = ENROLLMENTS.replace("e1,,", "e1,tobedeleted,");
        let dir = folder(&[
            ("classes.csv", CLASSES),
            ("enrollments.csv", &enrollments),
            ("users.csv", &users),
        ]);
        let found = read_roster(dir.path(), StudentIdColumn::SourcedId, &|_| false).unwrap();
        assert_eq!(found.gone_students, ["u2"]);
        assert_eq!(found.ended, [("u1".into(), "c1".into())]);
        assert!(found.enrolments.is_empty());
    }

    #[test]
    fn a_fault_names_its_table_row_and_value() {
        let said = |users: &str, enrollments: &str| {
            let dir = folder(&[
                ("classes.csv", CLASSES),
                ("enrollments.csv", enrollments),
                ("users.csv", users),
            ]);
            let error =
                read_roster(dir.path(), StudentIdColumn::SourcedId, &|_| false).unwrap_err();
            error.to_string().split_once(": ").unwrap().1.to_owned()
        };
        let enrollments = ENROLLMENTS.replace("u2,student", "u7,student");
        assert_eq!(
            said(USERS_11, &enrollments),
            "enrollments.csv: row 3: userSourcedId \"u7\" is in no row of users.csv"
        );
        let enrollments = ENROLLMENTS.replace("e2,,,c2", "e2,,,c9");
        assert_eq!(
            said(USERS_11, &enrollments),
            "enrollments.csv: row 3: classSourcedId \"c9\" is in no row of classes.csv"
        );
        let users = USERS_11.replace("u2,,", "u2,deleted,");
        assert_eq!(
            said(&users, ENROLLMENTS),
            "users.csv: row 3: status is \"deleted\", not active or tobedeleted"
        );
        let dir = folder(&[("classes.csv", CLASSES)]);
        let error = read_roster(dir.path(), StudentIdColumn::SourcedId, &|_| false).unwrap_err();
        assert!(error.to_string().ends_with("holds no users.csv"), "{error}");
    }
}
