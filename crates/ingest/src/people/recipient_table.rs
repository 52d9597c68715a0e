//! Who gets the reports of whom by mail.

use std::collections::BTreeMap;
use std::path::Path;

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use seedtest_responses::TimeZone;

use super::error::PeopleError;
use super::sheet::Sheet;
use super::student_ids::IdColumns;
use crate::time::{Detected, TimeFormat, TimeValue, detect};

/// An address that gets the reports of a student.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecipientRow {
    /// The id that the answers carry.
    pub student_id: String,
    /// The address.
    pub address: String,
    /// `ko` or `en`.
    pub lang: &'static str,
    /// When they agreed; `None` = they did not.
    pub opted_in_at: Option<DateTime<Utc>>,
}

/// Reads a table of recipients with the columns `student_id` (or a class and a number, of which `is_known` says which ids have
/// answers, as in a roster), `address`, `lang` (`ko`, which is also
/// what an empty cell means, or `en`) and `opted_in_at`: the day they agreed, or the instant as RFC 3339. Who has none did
/// not agree.
///
/// # Errors
/// When the file cannot be read, lacks a column or a cell, holds an address that is none, or says two things of one
/// address of a student, or lets somebody agree after `latest`: nothing is read of such a file.
pub fn read_recipients(
    path: &Path,
    is_address: impl Fn(&str) -> bool,
    latest: DateTime<Utc>,
    is_known: &dyn Fn(&str) -> bool,
) -> Result<Vec<RecipientRow>, PeopleError> {
    recipients(&Sheet::read(path)?.with_classes(), is_address, latest, is_known)
}

fn recipients(
    sheet: &Sheet,
    is_address: impl Fn(&str) -> bool,
    latest: DateTime<Utc>,
    is_known: &dyn Fn(&str) -> bool,
) -> Result<Vec<RecipientRow>, PeopleError> {
    let ids = IdColumns::of(sheet, is_known)?;
    let address = sheet.needed(&[
        "address",
        "email",
        "email_address",
        "mail",
        "메일",
        "이메일",
        "메일주소",
        "이메일주소",
        "주소",
    ])?;
    let lang = sheet.column(&["lang", "language", "언어"]);
    let agreed = sheet.needed(&[
        "opted_in_at",
        "opted_in",
        "agreed_at",
        "동의일",
        "동의일시",
        "동의일자",
        "동의",
    ])?;
    let format = day_format(sheet, agreed);
    let mut found: BTreeMap<(String, String), RecipientRow> = BTreeMap::new();
    for row in sheet.rows() {
        let mailbox = row.needed(address)?;
        if !is_address(mailbox) {
            return Err(row.bad(address, "a mail address"));
        }
        let tag = match row.text(lang) {
            None | Some("ko" | "한국어" | "한글" | "kor" | "korean" | "Korean") => "ko",
            Some("en" | "영어" | "eng" | "english" | "English") => "en",
            Some(_) => return Err(row.bad(lang.unwrap_or(address), "ko or en")),
        };
        let opted_in_at = match row.text(Some(agreed)) {
            None => None,
            Some(text) => {
                let bad = || row.bad(agreed, "a day as YYYY-MM-DD, or an instant as RFC 3339");
                let agreed_at = instant(text, format).ok_or_else(bad)?;
                if agreed_at > latest {
                    return Err(row.bad(agreed, "a day that has come"));
                }
                Some(agreed_at)
            }
        };
        let read = RecipientRow {
            student_id: ids.id(row, sheet)?.into_owned(),
            address: mailbox.to_owned(),
            lang: tag,
            opted_in_at,
        };
        // One mailbox however it is spelled.
        let key = (read.student_id.clone(), read.address.to_lowercase());
        match found.get(&key) {
            Some(before) if before.lang != read.lang => {
                return Err(row.contradicts(lang.unwrap_or(address), mailbox, tag, before.lang));
            }
            Some(before) if before.opted_in_at != read.opted_in_at => {
                let said = |row: &RecipientRow| {
                    row.opted_in_at.map_or_else(String::new, |at| at.to_rfc3339())
                };
                return Err(row.contradicts(agreed, mailbox, &said(&read), &said(before)));
            }
            _ => found.insert(key, read),
        };
    }
    Ok(found.into_values().collect())
}

/// How the days of a column are written, where they say so themselves; dates that can be day and month or month and
/// day are not guessed at.
fn day_format(sheet: &Sheet, column: usize) -> Option<TimeFormat> {
    match detect(sheet.texts(column)) {
        Detected::Format(format @ (TimeFormat::Written(_) | TimeFormat::Compact), _) => {
            Some(format)
        }
        _ => None,
    }
}

/// A day is its first instant. One that can be read in one way only is read whatever the others are written in.
fn instant(text: &str, format: Option<TimeFormat>) -> Option<DateTime<Utc>> {
    let formats = format.into_iter().chain([TimeFormat::Written(None)]);
    let mut moments = formats.filter_map(|format| match format.read(text) {
        Ok(TimeValue::At(moment)) => Some(moment),
        _ => None,
    });
    if let Some(moment) = moments.next() {
        return DateTime::from_timestamp_micros(moment.in_zone(&TimeZone::default()));
    }
    if let Ok(day) = text.parse::<NaiveDate>() {
        return Some(day.and_time(NaiveTime::MIN).and_utc());
    }
    DateTime::parse_from_rfc3339(text).ok().map(|at| at.with_timezone(&Utc))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<RecipientRow>, PeopleError> {
        let sheet = Sheet::parse("recipients.csv".into(), text.as_bytes())?;
        let latest = "2025-04-01T00:00:00Z".parse().unwrap();
        recipients(&sheet, |address| address.contains('@'), latest, &|_| false)
    }

    #[test]
    fn who_has_no_day_did_not_agree() {
        let rows = read(
            "student_id,address,lang,opted_in_at\namy,a@x.kr,en,2025-03-01\namy,b@x.kr,,\n\
             ben,a@x.kr,ko,2025-03-01T09:00:00+09:00\n",
        )
        .unwrap();
        let said: Vec<_> = rows
            .iter()
            .map(|row| {
                let agreed = row.opted_in_at.map(|at| at.to_rfc3339());
                (&*row.student_id, &*row.address, row.lang, agreed)
            })
            .collect();
        assert_eq!(
            said,
            [
                ("amy", "a@x.kr", "en", Some("2025-03-01T00:00:00+00:00".into())),
                ("amy", "b@x.kr", "ko", None),
                ("ben", "a@x.kr", "ko", Some("2025-03-01T00:00:00+00:00".into())),
            ]
        );
    }

    #[test]
    fn a_class_and_a_number_are_the_id_of_answers() {
        let rows = read("반,번호,메일,언어,동의일\n1반,01,a@x.kr,,2025. 3. 1.\n2반,3번,b@x.kr,,\n")
            .unwrap();
        let ids: Vec<&str> = rows.iter().map(|row| &*row.student_id).collect();
        assert_eq!(ids, ["1-1", "2-3"]);
    }

    #[test]
    fn a_korean_table_is_read_as_it_is() {
        let rows = read("학번,메일,언어,동의일\n0012,a@x.kr,한국어,2025. 3. 1.\n13,b@x.kr,영어,\n")
            .unwrap();
        let agreed = rows[0].opted_in_at.map(|at| at.to_rfc3339());
        let mixed = "학번,메일,언어,동의일\n12,a@x.kr,,2025. 3. 1.\n13,b@x.kr,,2025-03-02\n";
        let days: Vec<_> =
            read(mixed).unwrap().into_iter().filter_map(|row| row.opted_in_at).collect();
        let days: Vec<String> = days.iter().map(|at| at.date_naive().to_string()).collect();
        assert_eq!(days, ["2025-03-01", "2025-03-02"]);
        let odd = "학번,메일,언어,동의일\n12,a@x.kr,,2025. 3. 1.\n13,b@x.kr,,미동의\n";
        let said = read(odd).unwrap_err().to_string();
        assert!(said.contains("row 3: 동의일 is \"미동의\""), "{said}");
        assert_eq!((&*rows[0].student_id, rows[0].lang), ("0012", "ko"));
        assert_eq!(agreed.as_deref(), Some("2025-03-01T00:00:00+00:00"));
        assert_eq!((rows[1].lang, rows[1].opted_in_at), ("en", None));
    }

    #[test]
    fn a_fault_says_where_and_what() {
        let said = |text: &str| read(text).unwrap_err().to_string();
        let head = "student_id,address,lang,opted_in_at\n";
        assert_eq!(
            said(&format!("{head}amy,nobody,ko,\n")),
            "recipients.csv: row 2: address is \"nobody\", not a mail address"
        );
        assert_eq!(
            said(&format!("{head}amy,a@x,fr,\n")),
            "recipients.csv: row 2: lang is \"fr\", not ko or en"
        );
        assert_eq!(
            said(&format!("{head}amy,a@x,ko,yes\n")),
            "recipients.csv: row 2: opted_in_at is \"yes\", not a day as YYYY-MM-DD, or an instant as RFC 3339"
        );
        assert_eq!(
            said(&format!("{head}amy,a@x,ko,\namy,A@x,en,\n")),
            "recipients.csv: row 3: lang of \"A@x\" is \"en\", but \"ko\" in an earlier row"
        );
        assert_eq!(
            said(&format!("{head}amy,a@x,ko,2099-01-01\n")),
            "recipients.csv: row 2: opted_in_at is \"2099-01-01\", not a day that has come"
        );
        assert!(said("student_id,address\namy,a@x\n").contains("no opted_in_at"));
    }
}
