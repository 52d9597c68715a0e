//! Dates as text.

use chrono::{Datelike, Days, NaiveDate};

use crate::catalogue::Catalogue;
use crate::lang::Lang;
use crate::view::Month;

/// A date with its year: `5 Jan 2026`, `2026년 1월 5일`.
pub(crate) fn long(date: NaiveDate, lang: Lang) -> String {
    match lang {
        Lang::Ko => format!("{}년 {}월 {}일", date.year(), date.month(), date.day()),
        Lang::En => format!("{} {}", short(date, lang), date.year()),
    }
}

/// Day and month: `5 Jan`, `1/5`.
pub(crate) fn short(date: NaiveDate, lang: Lang) -> String {
    match lang {
        Lang::Ko => format!("{}/{}", date.month(), date.day()),
        Lang::En => format!("{} {}", date.day(), month(date)),
    }
}

/// Month and year: `Jan 2026`, `2026.1`.
pub(crate) fn month_and_year(date: NaiveDate, lang: Lang) -> String {
    match lang {
        Lang::Ko => format!("{}.{}", date.year(), date.month()),
        Lang::En => format!("{} {}", month(date), date.year()),
    }
}

/// Days since 1970-01-01, as the x of a time axis.
pub(crate) fn day_number(date: NaiveDate) -> f64 {
    date.signed_duration_since(NaiveDate::default()).num_days() as f64
}

/// The week that begins on `monday`, from its first to its last day.
pub(crate) fn week(monday: NaiveDate, catalogue: &Catalogue) -> String {
    let sunday = monday.checked_add_days(Days::new(6)).unwrap_or(monday);
    let lang = catalogue.lang();
    catalogue.fill("week", &[("from", &long(monday, lang)), ("to", &long(sunday, lang))])
}

/// A month and the weeks it is made of, up to the one that begins on `last_week`.
pub(crate) fn month_of_weeks(of: Month, last_week: NaiveDate, catalogue: &Catalogue) -> String {
    let sunday = last_week.checked_add_days(Days::new(6)).unwrap_or(last_week);
    let lang = catalogue.lang();
    let name = match lang {
        Lang::Ko => format!("{}년 {}월", of.first_day.year(), of.first_day.month()),
        Lang::En => month_and_year(of.first_day, lang),
    };
    let values =
        [("month", &*name), ("from", &long(of.first_week, lang)), ("to", &long(sunday, lang))];
    catalogue.fill("month", &values)
}

fn month(date: NaiveDate) -> &'static str {
    const NAMES: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    NAMES[date.month0() as usize]
}
