//! What a forecast says, in words.

use crate::catalogue::Catalogue;
use crate::date;
use crate::number::{decimal, signed};
use crate::view::{ForecastDetail, ForecastWeek};

/// What is expected of the next week, how sure that is, what it rests on, and which weeks were
/// unusual.
pub(crate) fn forecast(detail: &ForecastDetail, catalogue: &Catalogue) -> String {
    let Some(next) = detail.weeks.iter().find(|week| week.value.is_none()) else {
        return catalogue.text("forecast.empty");
    };
    let mut sentences = vec![next_week(next, catalogue)];
    sentences.push(catalogue.text(&format!("forecast.{}.trend", detail.trend.name())));
    sentences.push(catalogue.text(&format!("forecast.{}.model", detail.model.name())));
    if let Some((rmse, mae)) = detail.rmse.zip(detail.mae) {
        let values = [("rmse", decimal(rmse, 3)), ("mae", decimal(mae, 3))];
        let values = values.each_ref().map(|(name, value)| (*name, value.as_str()));
        sentences.push(catalogue.fill("forecast.errors", &values));
    }
    sentences.push(unusual_weeks(detail, catalogue));
    sentences.join(" ")
}

fn next_week(week: &ForecastWeek, catalogue: &Catalogue) -> String {
    let number =
        |value: Option<f64>| value.map_or_else(|| catalogue.text("none"), |value| signed(value, 3));
    catalogue.fill(
        "forecast.next",
        &[
            ("week", &date::short(week.week_start, catalogue.lang())),
            ("value", &number(week.expected)),
            ("low", &number(week.lower)),
            ("high", &number(week.upper)),
        ],
    )
}

fn unusual_weeks(detail: &ForecastDetail, catalogue: &Catalogue) -> String {
    if !detail.judged {
        return catalogue.text("forecast.not_judged");
    }
    let weeks: Vec<String> = detail
        .weeks
        .iter()
        .filter_map(|week| week.unusual.map(|z| (week, z)))
        .map(|(week, z)| {
            let key = if z < 0.0 { "forecast.below" } else { "forecast.above" };
            let day = date::short(week.week_start, catalogue.lang());
            catalogue.fill(key, &[("week", &day), ("z", &signed(z, 1))])
        })
        .collect();
    if weeks.is_empty() {
        return catalogue.text("forecast.usual");
    }
    catalogue.fill("forecast.unusual", &[("weeks", &weeks.join(", "))])
}

#[cfg(test)]
mod tests {
    use chrono::{Days, NaiveDate};

    use super::*;
    use crate::lang::Lang;
    use crate::view::{ForecastModel, Trend};

    #[test]
    fn a_forecast_says_what_is_expected_and_what_was_unusual() {
        let monday = NaiveDate::from_ymd_opt(2026, 3, 2).unwrap();
        let week = |n: u64, value: Option<f64>, unusual| ForecastWeek {
            week_start: monday + Days::new(7 * n),
            value,
            expected: Some(0.05),
            lower: Some(-0.01),
            upper: Some(0.11),
            unusual,
        };
        let weeks =
            vec![week(0, Some(0.04), None), week(1, Some(0.3), Some(4.2)), week(2, None, None)];
        let detail = ForecastDetail {
            weeks,
            model: ForecastModel::DampedTrend,
            trend: Trend::Increasing,
            rmse: Some(0.0213),
            mae: Some(0.017),
            judged: true,
        };
        let both =
            Lang::ALL.map(|lang| forecast(&detail, &Catalogue::load(lang).unwrap())).join("\n");
        insta::assert_snapshot!(both, @r"
        한 학생이 아니라 전체 학생의 예측입니다. 3/16에 시작하는 주의 평균 향상도는 +0.050으로 예상됩니다(95% 구간 −0.010~+0.110). 향상도는 올라가는 추세였습니다. 점차 약해지는 추세를 둔 간단한 모형으로 계산했습니다. 주가 적거나 더 큰 모형보다 잘 맞았기 때문입니다. 지금까지의 오차는 RMSE 0.021, 평균 절대 오차 0.017입니다. 평소와 다른 주: 3/9 (예상보다 높음, z = +4.2).
        This is about everybody together, not about one student. In the week from 16 Mar their mean improvement is expected at +0.050 (95% interval −0.010 to +0.110). Improvement has been going up. The numbers come from a level with a trend that fades: there are few weeks, or it was closer than the larger model. Over the weeks seen so far the model was off by 0.021 (RMSE), 0.017 on average (MAE). Unusual: 9 Mar (above what was expected, z = +4.2).
        ");
    }
}
