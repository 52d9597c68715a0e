//! A roster as one table: a student and a class a row.

use std::collections::{BTreeMap, BTreeSet};

use super::error::PeopleError;
use super::person::full_name;
use super::sheet::{Sheet, SheetRow};
use super::student_ids::IdColumns;
use super::{ClassRow, RosterFile, SchoolRow, StudentRow};
use crate::student_key::class_form;
use crate::summary_rows::is_label;

/// Reads the rows of a sheet; `is_known`: whether an id has answers.
pub(super) fn read(
    sheet: &Sheet,
    is_known: &dyn Fn(&str) -> bool,
) -> Result<RosterFile, PeopleError> {
    let ids = IdColumns::of(sheet, is_known)?;
    let student = ids.named();
    let name = sheet.column(&["name", "student_name", "display_name", "이름", "성명", "학생명"]);
    let given = sheet.column(&["given_name", "first_name"]);
    let family = sheet.column(&["family_name", "last_name", "surname"]);
    let class_name = sheet.column(&[
        "class",
        "class_name",
        "classroom",
        "반",
        "학급",
        "반명",
        "학급명",
        "sheet",
    ]);
    let class_id = sheet.column(&["class_id", "classroom_id"]).or(class_name);
    let school_name = sheet.column(&["school", "school_name", "학교"]);
    let school_id = sheet.column(&["school_id", "org_id"]).or(school_name);
    let grade = sheet.column(&["grade", "학년"]);
    let mut students: BTreeMap<String, Option<String>> = BTreeMap::new();
    let mut classes: BTreeMap<String, ClassRow> = BTreeMap::new();
    let mut schools: BTreeMap<&str, String> = BTreeMap::new();
    let is_named = class_id == class_name;
    let by_grade = is_named && comes_in_two_grades(sheet, [school_id, class_id, grade]);
    let mut spellings: BTreeMap<(Option<&str>, String), String> = BTreeMap::new();
    let mut enrolments = BTreeSet::new();
    let mut others = 0;
    for row in sheet.rows() {
        let mut labels = ids.columns().iter().copied().chain(name);
        if labels.any(|at| row.text(Some(at)).is_some_and(is_label)) {
            others += 1;
            continue;
        }
        let id = ids.id(row, sheet)?;
        let called = row
            .text(name)
            .map(str::to_owned)
            .or_else(|| full_name(row.text(given), row.text(family)));
        let known = students.entry(id.clone().into_owned()).or_default();
        agree(row, name.unwrap_or(student), &id, known, called)?;
        let school = row.text(school_id);
        if let Some(school) = school {
            let called = row.text(school_name).unwrap_or(school);
            let known = schools.entry(school).or_insert_with(|| called.to_owned());
            if known != called {
                return Err(row.contradicts(school_name.unwrap_or(student), school, called, known));
            }
        }
        let Some(class) = row.text(class_id) else { continue };
        let class = if is_named {
            let own = of_grade(class, row.text(grade).filter(|_| by_grade));
            // `2` and `2반` are one class: it is called as it is first.
            spellings.entry((school, class_form(&own))).or_insert(own).clone()
        } else {
            class.to_owned()
        };
        // Classes of two schools may have one name: without ids of their own, the school is part of
        // the id.
        let class_key = match school.filter(|_| is_named) {
            Some(school) => format!("{school}/{class}"),
            None => class.clone(),
        };
        let found = ClassRow {
            id: class_key.clone(),
            school_id: school.map(str::to_owned),
            name: row.text(class_name).filter(|_| !is_named).unwrap_or(&class).to_owned(),
            grade: row.text(grade).map(str::to_owned),
        };
        let known = classes.entry(class_key.clone()).or_insert_with(|| found.clone());
        if known.name != found.name {
            let column = class_name.unwrap_or(student);
            return Err(row.contradicts(column, &class, &found.name, &known.name));
        }
        enrolments.insert((id.into_owned(), class_key));
    }
    let school = |(id, name): (&str, String)| SchoolRow { id: id.to_owned(), name };
    let student = |(id, name): (String, Option<String>)| StudentRow { id, name };
    Ok(RosterFile {
        schools: schools.into_iter().map(school).collect(),
        classes: classes.into_values().collect(),
        students: students.into_iter().map(student).collect(),
        enrolments: enrolments.into_iter().collect(),
        others,
        ..RosterFile::default()
    })
}

/// Whether two grades of a school have a class of the same name. The columns are those of schools, classes and grades.
fn comes_in_two_grades(sheet: &Sheet, [school, class, grade]: [Option<usize>; 3]) -> bool {
    let mut grades: BTreeMap<(Option<&str>, String), String> = BTreeMap::new();
    for row in sheet.rows() {
        let (Some(class), Some(grade)) = (row.text(class), row.text(grade)) else { continue };
        let (class, grade) = (class_form(class), class_form(grade));
        if *grades.entry((row.text(school), class)).or_insert_with(|| grade.clone()) != grade {
            return true;
        }
    }
    false
}

/// What a class is called where its grade is part of that.
fn of_grade(class: &str, grade: Option<&str>) -> String {
    let Some(grade) = grade.map(class_form) else { return class.to_owned() };
    let has_grade = class_form(class).starts_with(&format!("{grade}-"));
    if has_grade { class.to_owned() } else { format!("{grade}-{class}") }
}

/// Takes a name over, and refuses a second one for the same student.
fn agree(
    row: SheetRow<'_>,
    column: usize,
    id: &str,
    known: &mut Option<String>,
    found: Option<String>,
) -> Result<(), PeopleError> {
    match (known.as_deref(), found) {
        (Some(before), Some(found)) if before != found => {
            Err(row.contradicts(column, id, &found, before))
        }
        (None, Some(found)) => {
            *known = Some(found);
            Ok(())
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn roster(text: &str) -> Result<RosterFile, PeopleError> {
        read(&Sheet::parse("roster.csv".into(), text.as_bytes())?, &|_| false)
    }

    #[test]
    fn a_student_in_two_classes_has_two_rows() {
        let found = roster(
            "\u{feff}Student ID,Name,Class,School,Grade\ns1,김서연,2-3,한빛중,8\ns1,김서연,영재반,한빛중,\ns2,,2-3,한빛중,8\n",
        )
        .unwrap();
        assert_eq!(found.schools, [SchoolRow { id: "한빛중".into(), name: "한빛중".into() }]);
        let classes: Vec<_> = found.classes.iter().map(|c| (&*c.id, &*c.name)).collect();
        assert_eq!(classes, [("한빛중/2-3", "2-3"), ("한빛중/영재반", "영재반")]);
        assert_eq!(found.students[0].name.as_deref(), Some("김서연"));
        assert_eq!(found.students[1].name, None);
        assert_eq!(found.enrolments.len(), 3);
    }

    #[test]
    fn ids_stay_texts() {
        let found = roster("user_id;class_id;class\n0012;01;A\n12;01;A\n").unwrap();
        let ids: Vec<_> = found.students.iter().map(|student| &*student.id).collect();
        assert_eq!(ids, ["0012", "12"]);
    }

    #[test]
    fn a_class_and_a_number_are_the_id_of_answers() {
        let text = "반,번호,이름\n1반,01,김가\n,02,이나\n2반,1,박다\n,2번,최라\n,3,정마\n정답,,\n";
        let sheet = Sheet::parse("roster.csv".into(), text.as_bytes()).unwrap().with_classes();
        let found = read(&sheet, &|_| false).unwrap();
        let ids: Vec<_> = found.students.iter().map(|student| &*student.id).collect();
        assert_eq!(ids, ["1-1", "1-2", "2-1", "2-2", "2-3"]);
        assert_eq!(found.students[3].name.as_deref(), Some("최라"));
        let classes: Vec<_> =
            found.enrolments.iter().map(|(id, class)| (&**id, &**class)).collect();
        assert_eq!(classes[1], ("1-2", "1반"));
        assert_eq!((classes.len(), found.others), (5, 1));
    }

    #[test]
    fn a_class_in_two_spellings_is_one() {
        let found = roster("id,name,반\ns1,A,2반\ns2,B,2\ns3,C,02\ns4,D,햇살반\n").unwrap();
        let classes: Vec<_> = found.classes.iter().map(|c| (&*c.id, &*c.name)).collect();
        assert_eq!(classes, [("2반", "2반"), ("햇살반", "햇살반")]);
        assert_eq!(found.enrolments.iter().filter(|(_, class)| class == "2반").count(), 3);
        // Those of two grades are two, and the grade is part of what they are called.
        let found = roster("id,학년,반\ns1,1,2반\ns2,2,2\ns3,2학년,02\ns4,1,1-3\n").unwrap();
        let classes: Vec<_> = found.classes.iter().map(|c| (&*c.id, &*c.name)).collect();
        assert_eq!(classes, [("1-2반", "1-2반"), ("1-3", "1-3"), ("2-2", "2-2")]);
        assert_eq!(found.enrolments.iter().filter(|(_, class)| class == "2-2").count(), 2);
        // Ids of their own are what they are.
        let found = roster("id,class_id,class\ns1,2,A\ns2,02,B\n").unwrap();
        assert_eq!(found.classes.len(), 2);
    }

    #[test]
    fn a_fault_says_where_and_what() {
        let said = |text| {
            let error = roster(text).unwrap_err();
            assert!(!error.hint().is_empty());
            error.to_string()
        };
        assert_eq!(
            said("name,class\nA,1\n"),
            "roster.csv: no student_id or user_id or student or id or 학번 or 학생id or 학생 or 학생번호 column among: name, class"
        );
        assert_eq!(said("id,name\ns1,A\n,B\n"), "roster.csv: row 3: id is empty");
        assert_eq!(
            said("id,name\ns1,A\ns1,B\n"),
            "roster.csv: row 3: name of \"s1\" is \"B\", but \"A\" in an earlier row"
        );
        assert_eq!(said("id,name\n"), "roster.csv: holds no rows");
        assert!(said("id,name\ns1\n").contains("line: 2"));
    }
}
