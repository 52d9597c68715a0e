//! What a forecast is asked for.

use seedtest_forecast::{
    Changepoints, Growth, Holiday, Mode, Model, Plan, Regressor, Scaling, SchoolCalendar,
    Seasonality, Standardize, Toggle,
};
use seedtest_ingest::DateFormat;
use seedtest_wire::{
    ProphetFitRequest, ProphetHolidayJson, ProphetOptionsJson, ProphetRegressorJson,
    ProphetSeasonalityJson, SeasonalSwitchJson,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::freq::Freq;
use super::time::{day_of, time_of};
use crate::error::Error;

/// What to forecast and how, checked as far as the rows need not be known.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Spec {
    /// Horizon, model and thresholds.
    pub plan: Plan,
    /// Distance of the points to forecast; `None` = that of the rows.
    pub freq: Option<Freq>,
    /// Capacity of rows that have none.
    pub cap: Option<f64>,
    /// Floor of rows that have none.
    pub floor: Option<f64>,
    /// Holidays, exams, breaks and terms.
    pub calendar: SchoolCalendar,
    /// Whether anomalies are looked for.
    pub anomalies: Anomalies,
    /// Columns of the rows by names of their own.
    #[serde(default, skip_serializing_if = "Columns::are_usual")]
    pub columns: Columns,
    /// How the times of the rows are written, as `--date-format` has it; `None`: found out from them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date_format: Option<String>,
    /// What was said that means nothing.
    #[serde(skip)]
    pub notes: Vec<String>,
}

/// Columns that somebody named; the others are known by the usual names.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Columns {
    /// The column of the times.
    pub time: Option<String>,
    /// The column of the values.
    pub value: Option<String>,
}

impl Columns {
    fn are_usual(&self) -> bool {
        *self == Self::default()
    }
}

/// Whether anomalies are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Anomalies {
    /// They are.
    #[default]
    Judged,
    /// They are not.
    Ignored,
}

impl Spec {
    /// What a request means.
    ///
    /// # Errors
    /// For a word or a number that an option does not accept.
    pub fn of(request: &ProphetFitRequest) -> Result<Self, Error> {
        let options = request.all_options();
        let mut spec = Self::of_options(&options)?;
        let default = Plan::default();
        spec.plan.horizon = count("horizon", request.horizon, default.horizon)?;
        spec.plan.origins = count("origins", request.origins, default.origins)?;
        spec.plan.anomaly_threshold =
            request.anomaly_threshold.unwrap_or(default.anomaly_threshold);
        spec.freq = request.freq.as_deref().map(str::parse).transpose()?;
        if request.detect_anomalies == Some(false) {
            spec.anomalies = Anomalies::Ignored;
        }
        Ok(spec)
    }

    /// What options mean.
    ///
    /// # Errors
    /// Those of [`Self::of`].
    pub fn of_options(options: &ProphetOptionsJson) -> Result<Self, Error> {
        let default = seedtest_forecast::Spec::default();
        let prophet = seedtest_forecast::Spec {
            growth: options.growth.as_deref().map_or(Ok(default.growth), growth_of)?,
            changepoints: changepoints(options)?,
            changepoint_prior_scale: options
                .changepoint_prior_scale
                .unwrap_or(default.changepoint_prior_scale),
            yearly: toggle("yearly_seasonality", options.yearly_seasonality.as_ref())?,
            weekly: toggle("weekly_seasonality", options.weekly_seasonality.as_ref())?,
            daily: toggle("daily_seasonality", options.daily_seasonality.as_ref())?,
            seasonalities: all(options.seasonalities.as_deref(), seasonality)?,
            seasonality_mode: mode("seasonality_mode", options.seasonality_mode.as_deref())?
                .unwrap_or(default.seasonality_mode),
            seasonality_prior_scale: options
                .seasonality_prior_scale
                .unwrap_or(default.seasonality_prior_scale),
            holidays: holidays(options.holidays.as_deref().unwrap_or_default())?,
            holidays_mode: mode("holidays_mode", options.holidays_mode.as_deref())?,
            holidays_prior_scale: options
                .holidays_prior_scale
                .unwrap_or(default.holidays_prior_scale),
            regressors: all(options.regressors.as_deref(), regressor)?,
            scaling: options.scaling.as_deref().map_or(Ok(default.scaling), scaling_of)?,
            interval_width: options.interval_width.unwrap_or(default.interval_width),
            paths: count("uncertainty_samples", options.uncertainty_samples, default.paths)?,
            seed: options.seed.unwrap_or(default.seed),
            max_iter: options.max_iter.unwrap_or(default.max_iter),
        };
        let model = options.model.as_deref().map_or(Ok(None), model_of)?;
        Ok(Self {
            plan: Plan { prophet, model, ..Plan::default() },
            cap: options.cap,
            floor: options.floor,
            calendar: calendar(options)?,
            date_format: options.date_format.as_deref().map(date_format).transpose()?,
            notes: options.unknown_note().into_iter().collect(),
            ..Self::default()
        })
    }
}

/// A way to write times that says of each by itself when it was.
fn date_format(name: &str) -> Result<String, Error> {
    match DateFormat::parse(name) {
        Some(DateFormat::SinceStart(_)) | None => Err(Error::option(
            "date_format",
            &name,
            "dmy, mdy, ymd, excel, excel1904, epoch-s, epoch-ms or epoch-us",
        )),
        Some(_) => Ok(name.to_owned()),
    }
}

fn all<T, U>(given: Option<&[T]>, read: fn(&T) -> Result<U, Error>) -> Result<Vec<U>, Error> {
    given.unwrap_or_default().iter().map(read).collect()
}

fn count(name: &str, given: Option<u64>, default: usize) -> Result<usize, Error> {
    let read = |value: u64| {
        usize::try_from(value).map_err(|_| Error::option(name, &value, "a number that fits"))
    };
    given.map_or(Ok(default), read)
}

fn growth_of(word: &str) -> Result<Growth, Error> {
    match word.to_ascii_lowercase().as_str() {
        "linear" => Ok(Growth::Linear),
        "logistic" => Ok(Growth::Logistic),
        "flat" => Ok(Growth::Flat),
        _ => Err(Error::option("growth", &word, "linear, logistic or flat")),
    }
}

fn scaling_of(word: &str) -> Result<Scaling, Error> {
    match word.to_ascii_lowercase().as_str() {
        "absmax" => Ok(Scaling::AbsMax),
        "minmax" => Ok(Scaling::MinMax),
        "auto" => Ok(Scaling::Auto),
        "centred" | "centered" => Ok(Scaling::Centred),
        _ => Err(Error::option("scaling", &word, "auto, absmax, minmax or centred")),
    }
}

fn mode(name: &str, word: Option<&str>) -> Result<Option<Mode>, Error> {
    let Some(word) = word else { return Ok(None) };
    match word.to_ascii_lowercase().as_str() {
        "additive" => Ok(Some(Mode::Additive)),
        "multiplicative" => Ok(Some(Mode::Multiplicative)),
        _ => Err(Error::option(name, &word, "additive or multiplicative")),
    }
}

fn model_of(word: &str) -> Result<Option<Model>, Error> {
    let models = [Model::Naive, Model::SeasonalNaive, Model::DampedTrend, Model::Prophet];
    if word.eq_ignore_ascii_case("auto") {
        return Ok(None);
    }
    let found = models.into_iter().find(|model| model.name().eq_ignore_ascii_case(word));
    let expected = "auto, prophet, damped_trend, naive or seasonal_naive";
    found.map(Some).ok_or_else(|| Error::option("model", &word, expected))
}

fn toggle(name: &str, given: Option<&SeasonalSwitchJson>) -> Result<Toggle, Error> {
    match given {
        None => Ok(Toggle::Auto),
        Some(SeasonalSwitchJson::Switch(true)) => Ok(Toggle::On),
        Some(SeasonalSwitchJson::Switch(false) | SeasonalSwitchJson::Order(0)) => Ok(Toggle::Off),
        Some(SeasonalSwitchJson::Order(order)) => Ok(Toggle::Order(count(name, Some(*order), 0)?)),
        Some(SeasonalSwitchJson::Word(word)) if word.eq_ignore_ascii_case("auto") => {
            Ok(Toggle::Auto)
        }
        Some(SeasonalSwitchJson::Word(word)) => {
            Err(Error::option(name, word, "true, false, auto or a number of harmonics"))
        }
    }
}

fn changepoints(options: &ProphetOptionsJson) -> Result<Changepoints, Error> {
    if let Some(given) = &options.changepoints {
        let read = |text: &String| {
            time_of(text).ok_or_else(|| Error::option("changepoints", text, "days as YYYY-MM-DD"))
        };
        return Ok(Changepoints::At(given.iter().map(read).collect::<Result<_, _>>()?));
    }
    let default = seedtest_forecast::Spec::default().changepoints;
    let Changepoints::Automatic { count: usual, range } = default else { return Ok(default) };
    Ok(Changepoints::Automatic {
        count: count("n_changepoints", options.n_changepoints, usual)?,
        range: options.changepoint_range.unwrap_or(range),
    })
}

fn seasonality(json: &ProphetSeasonalityJson) -> Result<Seasonality, Error> {
    Ok(Seasonality {
        name: json.name.clone(),
        period: json.period,
        order: count("fourier_order", Some(json.fourier_order), 0)?,
        prior_scale: json.prior_scale,
        mode: mode("seasonalities.mode", json.mode.as_deref())?,
        condition: json.condition_name.clone(),
    })
}

/// Entries of one name share an effect.
fn holidays(given: &[ProphetHolidayJson]) -> Result<Vec<Holiday>, Error> {
    let mut holidays: Vec<Holiday> = Vec::new();
    for json in given {
        let days = days(&json.ds)?;
        if let Some(known) = holidays.iter_mut().find(|h| h.name == json.holiday) {
            known.days.extend(days);
            known.days.sort_unstable();
            known.days.dedup();
            continue;
        }
        holidays.push(Holiday {
            name: json.holiday.clone(),
            days,
            lower_window: json.lower_window.unwrap_or(0),
            upper_window: json.upper_window.unwrap_or(0),
            prior_scale: json.prior_scale,
        });
    }
    Ok(holidays)
}

fn days(ds: &Value) -> Result<Vec<i64>, Error> {
    let refused = || Error::option("holidays.ds", ds, "a day as YYYY-MM-DD, or a list of days");
    let day = |value: &Value| value.as_str().and_then(day_of).ok_or_else(refused);
    match ds {
        Value::Array(list) => list.iter().map(day).collect(),
        one => Ok(vec![day(one)?]),
    }
}

fn regressor(json: &ProphetRegressorJson) -> Result<Regressor, Error> {
    let standardized = |given: &Option<bool>| match given {
        None => Standardize::Auto,
        Some(true) => Standardize::On,
        Some(false) => Standardize::Off,
    };
    Ok(match json {
        ProphetRegressorJson::Name(name) => Regressor {
            name: name.clone(),
            prior_scale: None,
            standardize: Standardize::Auto,
            mode: None,
        },
        ProphetRegressorJson::Options { name, prior_scale, standardize, mode: given } => {
            Regressor {
                name: name.clone(),
                prior_scale: *prior_scale,
                standardize: standardized(standardize),
                mode: mode("regressors.mode", given.as_deref())?,
            }
        }
    })
}

fn calendar(options: &ProphetOptionsJson) -> Result<SchoolCalendar, Error> {
    let own = options.calendar.as_deref().map(SchoolCalendar::parse).transpose()?;
    let public = match options.country_holidays.as_deref() {
        None | Some("") => None,
        Some(code) if code.eq_ignore_ascii_case("KR") => Some(SchoolCalendar::korean_holidays()?),
        Some(code) => {
            let expected = "KR; other holidays go into `holidays` or `calendar`";
            return Err(Error::option("country_holidays", &code, expected));
        }
    };
    Ok(public.unwrap_or_default().with(own.unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use seedtest_forecast::{Changepoints, Toggle};
    use seedtest_wire::ProphetFitRequest;

    use super::Spec;

    fn read(text: &str) -> Spec {
        let request: ProphetFitRequest = serde_json::from_str(text).unwrap();
        Spec::of(&request).unwrap()
    }

    #[test]
    fn options_inside_and_at_the_top_say_the_same() {
        let inside = read(
            r#"{"options":{"yearly_seasonality":true,"weekly_seasonality":"auto",
                "daily_seasonality":false,"n_changepoints":5,"seed":7}}"#,
        );
        let top = read(
            r#"{"yearly_seasonality":true,"daily_seasonality":false,"n_changepoints":5,"seed":7}"#,
        );
        assert_eq!(inside, top);
        let prophet = inside.plan.prophet;
        assert_eq!((prophet.yearly, prophet.daily), (Toggle::On, Toggle::Off));
        assert_eq!(prophet.changepoints, Changepoints::Automatic { count: 5, range: 0.8 });
    }

    #[test]
    fn holidays_of_one_name_share_an_effect() {
        let spec = read(
            r#"{"holidays":[{"holiday":"exam","ds":"2025-01-06"},
                {"holiday":"exam","ds":["2025-01-13","2025-01-06"],"upper_window":1}]}"#,
        );
        assert_eq!(spec.plan.prophet.holidays.len(), 1);
        assert_eq!(spec.plan.prophet.holidays[0].days, [20_094, 20_101]);
    }

    #[test]
    fn a_word_that_is_none_is_refused_with_those_there_are() {
        for (text, word) in [
            (r#"{"options":{"growth":"cubic"}}"#, "growth"),
            (r#"{"freq":"fortnight"}"#, "freq"),
            (r#"{"options":{"model":"arima"}}"#, "model"),
            (r#"{"options":{"country_holidays":"US"}}"#, "country_holidays"),
            (r#"{"holidays":[{"holiday":"x","ds":"soon"}]}"#, "holidays.ds"),
            (r#"{"yearly_seasonality":"often"}"#, "yearly_seasonality"),
            (r#"{"options":{"date_format":"relative-s"}}"#, "date_format"),
        ] {
            let request: ProphetFitRequest = serde_json::from_str(text).unwrap();
            let error = Spec::of(&request).unwrap_err().to_string();
            assert!(error.starts_with(word), "{error}");
        }
    }
}
