//! A made-up class that shows every part of a report; the same on every machine.
#![allow(dead_code, reason = "each test uses a part of the samples")]
#![allow(clippy::unwrap_used, reason = "a fixed date")]

use chrono::{Days, NaiveDate};
use seedtest_report::{
    AbilityPoint, Absent, Anchor, CalibratedItem, ChanceWeek, ChurnDetail, ChurnFactor,
    ChurnReason, ClassLine, ClassName, ClassReport, ClassSegments, DayActivity, FitFamily, FitRow,
    ForecastDetail, ForecastModel, ForecastWeek, GoalChance, GoalTarget, GoalUnit, Group,
    GrowthCurve, GrowthWeek, Halves, ItemPage, ItemRow, Kpi, KpiCards, Linking, MeanShare,
    ObservedShare, OperatorReport, OwnGoal, Provenance, Reason, SchoolReport, Segment,
    SegmentDetail, SegmentDifference, Standing, StudentReport, StudentRow, SurvivalCurve,
    TopicScore, Trend, Warning, WeekScore, class_file_name,
};

/// Splitmix64 (Steele, Lea and Flood, 2014): enough for a plausible picture.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number in 0..1.
    pub(crate) fn share(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Nearly normal: a sum of twelve uniforms.
    pub(crate) fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.share()).sum::<f64>() - 6.0
    }

    pub(crate) fn below(&mut self, n: u32) -> u32 {
        (self.share() * f64::from(n)) as u32
    }
}

pub(crate) fn monday() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 3, 16).unwrap()
}

fn weeks_before(weeks: u64) -> NaiveDate {
    monday() - Days::new(7 * weeks)
}

pub(crate) fn class_name() -> ClassName {
    ClassName {
        id: "c23".into(), name: "2학년 3반".into(), school: Some("한빛중학교".into())
    }
}

pub(crate) fn goal() -> GoalChance {
    let week = |i: u64| ChanceWeek {
        week_start: weeks_before(3 - i),
        chance: 0.5 + 0.07 * i as f64,
        lower: Some(0.25 + 0.06 * i as f64),
        upper: Some(0.8 + 0.03 * i as f64),
    };
    let by = Some(monday() + Days::new(41));
    GoalChance {
        target: GoalTarget { value: 0.75, unit: GoalUnit::RightShare, by },
        weeks: (0..4).map(week).collect(),
    }
}

pub(crate) fn growth() -> GrowthCurve {
    let week = |i: u64| {
        let mean = 0.5 + 0.02 * i as f64;
        let half = 0.05 + 0.01 * i as f64;
        GrowthWeek {
            week_start: weeks_before(7) + Days::new(7 * i),
            mean,
            lower: mean - half,
            upper: mean + half,
            observed: (i < 8 && i != 2).then_some(mean + 0.03),
        }
    };
    GrowthCurve { weeks: (0..12).map(week).collect(), target: Some(0.75), n_weeks: 7 }
}

pub(crate) fn survival() -> SurvivalCurve {
    let point = |i: u32| (f64::from(i) * 4.0, (-0.012 * f64::from(i) * 4.0).exp());
    SurvivalCurve {
        points: (0..20).map(point).collect(),
        horizon_days: 14,
        n: 2_310,
        n_events: 214,
        concordance: Some(0.74),
    }
}

pub(crate) fn churn() -> ChurnDetail {
    let reason = |factor, value, contribution| ChurnReason { factor, value, contribution };
    ChurnDetail {
        days_silent: 4,
        hazard_ratio: Some(1.3),
        reasons: vec![
            reason(ChurnFactor::DaysSilent, 4.0, 0.5),
            reason(ChurnFactor::Sessions, 14.0, -0.4),
            reason(ChurnFactor::Engagement, 0.63, 0.16),
        ],
    }
}

/// Two classes and who is in none.
pub(crate) fn school() -> SchoolReport {
    let of = class();
    let line = |class: Option<ClassName>, students: &[StudentRow]| ClassLine {
        file: class.as_ref().map_or("others.html".into(), |class| class_file_name(&class.id)),
        class,
        students: students.to_vec(),
        absent: 0,
    };
    SchoolReport {
        name: Some("한빛중학교".into()),
        week_start: of.week_start,
        generated_at: of.generated_at.clone(),
        classes: vec![
            line(Some(class_name()), &of.students[..14]),
            line(
                Some(ClassName { id: "c24".into(), name: "2학년 4반".into(), school: None }),
                &of.students[14..20],
            ),
            line(None, &of.students[20..]),
        ],
        weekly_accuracy: of.weekly_accuracy.clone(),
        topics: of.topics.clone(),
        operator_file: Some("operator.html".into()),
        ..SchoolReport::default()
    }
}

/// An item scored from 0 to 3.
fn categories() -> CalibratedItem {
    let share = |theta: f64| 1.0 / (1.0 + (-theta).exp());
    let at = |k: i32| 0.25 * f64::from(k);
    CalibratedItem {
        item: "Essay 1".into(),
        model: "GRM".into(),
        n: 240,
        slopes: vec![(1.4, Some(0.1))],
        difficulties: vec![(-1.0, None), (0.1, None), (0.9, None)],
        curve: (-14..=14).map(|k| (at(k), share(at(k)))).collect(),
        information: (-14..=14).map(|k| (at(k), share(at(k)) * share(-at(k)))).collect(),
        observed: [-1.5, 0.0, 1.5]
            .into_iter()
            .filter_map(|theta| ObservedShare::of(theta, 80, share(theta)))
            .collect(),
        ..CalibratedItem::default()
    }
}

pub(crate) fn operator() -> OperatorReport {
    let of = class();
    let fit = |family, model: &str, is_sound| FitRow {
        family,
        run_id: "run-2026-03-22".into(),
        model: model.into(),
        fitted_on: monday() + Days::new(6),
        verdict: Some(if is_sound { "converged" } else { "truncated" }.into()),
        is_sound: Some(is_sound),
        n: Some(12_345),
        figures: vec![("log-likelihood".into(), -18_342.7), ("rhat".into(), 1.004)],
    };
    let page = |i: u32| ItemPage {
        item: format!("Q{i:03}"),
        a: 0.4 + 0.5 * f64::from(i),
        b: f64::from(i) - 1.0,
        c: 0.0,
        observed: (0..5).map(|g| (f64::from(g) - 2.0, 40, 6 + 7 * g)).collect(),
    };
    let anchor = |i: u32| Anchor {
        item: format!("Q{i:03}"),
        before: f64::from(i) * 0.2 - 1.5,
        now: f64::from(i) * 0.2 - 1.5 + if i == 7 { 1.2 } else { 0.05 },
        drifted: i == 7,
    };
    OperatorReport {
        week_start: of.week_start,
        generated_at: of.generated_at,
        fits: vec![
            fit(FitFamily::Calibration, "2PL", true),
            fit(FitFamily::Growth, "gaussian", false),
        ],
        linking: Some(Linking {
            constants: vec![("A".into(), "1.020".into()), ("B".into(), "−0.030".into())],
            slope: Some(1.02),
            intercept: Some(-0.03),
            anchors: (0..15).map(anchor).collect(),
        }),
        thetas: of.students.iter().filter_map(|s| s.ability).map(|p| p.theta).collect(),
        items: of.items,
        item_pages: (0..3).map(page).collect(),
        category_pages: vec![categories()],
        forecast: of.forecast,
        survival: Some(survival()),
        segments: of.segments,
        warnings: Vec::new(),
        provenance: of.provenance,
    }
}

pub(crate) fn provenance() -> Provenance {
    Provenance {
        run_id: "mirt-2026-03-22-0300".into(),
        model: "2PL".into(),
        log_likelihood: Some(-18_342.7),
        n_items: Some(240),
        n_students: Some(312),
        converged: Some(true),
        answers: Some("2026-01-05 – 2026-03-22".into()),
        fitted_at: Some("2026-03-22 03:00 UTC".into()),
    }
}

fn kpis() -> KpiCards {
    KpiCards {
        improvement: Kpi { n: Some(84), lower: Some(0.04), upper: Some(0.22), ..Kpi::known(0.13) },
        efficiency: Kpi { n: Some(61), ..Kpi::known(0.18) },
        recovery: Kpi { n: Some(14), ..Kpi::known(9.0 / 14.0) },
        engagement: Kpi { n: Some(171), ..Kpi::known(0.63) },
        goal: Kpi { lower: Some(0.45), upper: Some(0.9), ..Kpi::known(0.71) },
        churn: Kpi { n: Some(171), ..Kpi::known(0.19) },
        sessions: Kpi { n: Some(171), ..Kpi::known(14.0) },
        active_days: Kpi { n: Some(28), ..Kpi::known(17.0) },
    }
}

/// A student with eight weeks of history.
pub(crate) fn student() -> StudentReport {
    let mut dice = Dice::new(7);
    let ability = (0..8).map(|i| AbilityPoint {
        date: weeks_before(7 - i) + Days::new(6),
        theta: -0.35 + 0.14 * i as f64 + 0.06 * dice.normal(),
        se: Some(0.42 - 0.02 * i as f64),
    });
    let ability = ability.collect();
    let weekly = [(31, 15), (28, 15), (0, 0), (22, 12), (40, 24), (36, 22), (41, 28), (43, 31)];
    let weekly_accuracy = (0_u64..).zip(weekly).map(|(i, (n, right))| WeekScore {
        week_start: weeks_before(7 - i),
        n,
        right,
        mean: None,
        group: Some(MeanShare { students: 20, share: 0.63, sd: 0.14 }),
    });
    let weekly_accuracy = weekly_accuracy.collect();
    let daily = (0..28).map(|day| {
        let attempts = if day % 7 < 5 && dice.share() < 0.7 { 4 + dice.below(14) } else { 0 };
        let minutes = (attempts > 0).then(|| f64::from(attempts) * (0.8 + 0.6 * dice.share()));
        DayActivity { date: weeks_before(3) + Days::new(day), attempts, minutes }
    });
    let daily = daily.collect();
    let item_difficulty = (0..96).map(|_| 0.25 + 0.95 * dice.normal()).collect();
    StudentReport {
        user_id: "s0142".into(),
        display_name: Some("김서연".into()),
        week_start: monday(),
        generated_at: "2026-03-23 06:00 UTC".into(),
        kpis: kpis(),
        ability,
        standing: Some(Standing { below: 0.78, n: 24, group: Group::Class("2학년 3반".into()) }),
        class: Some(class_name()),
        class_file: Some(class_file_name("c23")),
        goal: Some(goal()),
        own_goals: vec![
            OwnGoal { topic: "확률".into(), target: Some(goal().target) },
            OwnGoal { topic: "Percent".into(), target: None },
        ],
        growth: Some(growth()),
        survival: Some(survival()),
        churn: Some(churn()),
        linking: vec![("A".into(), "1.02".into()), ("B".into(), "−0.03".into())],
        weekly_accuracy,
        topics: topics(),
        daily,
        item_difficulty,
        forecast: Some(forecast()),
        segment: Some(segment_of_student()),
        warnings: vec![Warning::UnscoredItems { n: 6 }],
        provenance: Some(provenance()),
        ..StudentReport::default()
    }
}

fn topics() -> Vec<TopicScore> {
    let topic = |name: &str, n, right| TopicScore {
        topic: name.into(),
        n,
        right,
        mean: None,
        ability: None,
    };
    vec![
        topic("분수의 덧셈과 뺄셈", 38, 21),
        topic("Ratio and proportion", 27, 22),
        topic("일차방정식", 31, 24),
        topic("Area of irregular and composite two-dimensional figures (word problems)", 24, 9),
        topic("확률", 12, 9),
        topic("좌표평면과 그래프", 22, 18),
        topic("Percent", 6, 6),
    ]
}

/// A student who answered once: nearly nothing is known.
pub(crate) fn newcomer() -> StudentReport {
    StudentReport {
        user_id: "s0007".into(),
        display_name: None,
        week_start: monday(),
        generated_at: "2026-03-23 06:00 UTC".into(),
        kpis: KpiCards {
            improvement: Kpi::unknown(Reason::NoAttemptsPrevious),
            efficiency: Kpi::unknown(Reason::NoResponseTimesPrevious),
            recovery: Kpi::unknown(Reason::NothingToRecover),
            engagement: Kpi { n: Some(1), ..Kpi::known(0.21) },
            goal: Kpi::default(),
            churn: Kpi::default(),
            sessions: Kpi { n: Some(1), ..Kpi::known(1.0) },
            active_days: Kpi { n: Some(28), ..Kpi::known(1.0) },
        },
        ability: vec![AbilityPoint { date: monday() + Days::new(6), theta: 0.31, se: Some(0.91) }],
        standing: Some(Standing { below: 0.6, n: 3, group: Group::Everyone }),
        weekly_accuracy: vec![WeekScore {
            week_start: monday(),
            n: 1,
            right: 1,
            mean: None,
            group: None,
        }],
        topics: vec![TopicScore {
            topic: "확률".into(),
            n: 1,
            right: 1,
            mean: None,
            ability: None,
        }],
        daily: vec![DayActivity { date: monday(), attempts: 1, minutes: None }],
        item_difficulty: vec![-0.4],
        warnings: vec![Warning::AllRight { n: 1 }],
        provenance: Some(Provenance { converged: Some(false), ..provenance() }),
        ..StudentReport::default()
    }
}

/// A report with nothing in it.
pub(crate) fn empty_student() -> StudentReport {
    let StudentReport { user_id, week_start, generated_at, .. } = newcomer();
    StudentReport { user_id, week_start, generated_at, ..StudentReport::default() }
}

const NAMES: [&str; 24] = [
    "김서연",
    "이도윤",
    "박지우",
    "최하준",
    "정서현",
    "강민준",
    "조수아",
    "윤지호",
    "장하은",
    "임예준",
    "한지민",
    "오시우",
    "서윤아",
    "신건우",
    "권다은",
    "황현우",
    "안채원",
    "송준서",
    "류소율",
    "전유준",
    "홍지안",
    "고은우",
    "문서진",
    "남궁하람",
];

/// A class of 24 with 60 items.
pub(crate) fn class() -> ClassReport {
    let mut dice = Dice::new(11);
    let students = (0..NAMES.len()).map(|i| student_row(i, &mut dice)).collect();
    let weekly_accuracy = (0..8).map(|i| {
        let n = 620 + dice.below(200);
        let share = 0.56 + 0.012 * i as f64 + 0.02 * dice.normal();
        WeekScore {
            week_start: weeks_before(7 - i),
            n,
            right: (f64::from(n) * share) as u32,
            mean: Some(MeanShare { students: 24, share, sd: 0.16 }),
            group: None,
        }
    });
    let weekly_accuracy = weekly_accuracy.collect();
    let items = (0..60).map(|i| item(i, &mut dice)).collect();
    ClassReport {
        class: Some(class_name()),
        school_file: Some("index.html".into()),
        operator_file: Some("operator.html".into()),
        week_start: monday(),
        generated_at: "2026-03-23 06:00 UTC".into(),
        students,
        absent: vec![Absent {
            user_id: "s025".into(),
            display_name: Some("나윤슬".into()),
            days_silent: Some(41),
        }],
        weekly_accuracy,
        topics: topics()
            .into_iter()
            .map(|t| {
                let share = f64::from(t.right) / f64::from(t.n);
                let mean = Some(MeanShare { students: 22, share, sd: 0.18 });
                TopicScore { n: t.n * 20, right: t.right * 20 - 13, mean, ..t }
            })
            .collect(),
        forecast: Some(forecast()),
        segments: Some(segments()),
        items,
        warnings: Vec::new(),
        provenance: Some(provenance()),
    }
}

/// Twelve weeks of the class, one of them unusual, and four to come.
pub(crate) fn forecast() -> ForecastDetail {
    let seen = [0.02, 0.03, 0.01, 0.04, 0.05, 0.03, 0.06, 0.21, 0.06, 0.08, 0.07, 0.09];
    let week = |i: u64| {
        let expected = 0.015 + 0.006 * i as f64;
        let half = if i < 12 { 0.04 } else { 0.04 + 0.01 * (i - 11) as f64 };
        ForecastWeek {
            week_start: monday() - Days::new(7 * 11) + Days::new(7 * i),
            value: seen.get(i as usize).copied(),
            expected: (i > 0).then_some(expected),
            lower: (i > 0).then_some(expected - half),
            upper: (i > 0).then_some(expected + half),
            unusual: (i == 7).then_some(6.1),
        }
    };
    ForecastDetail {
        weeks: (0..16).map(week).collect(),
        model: ForecastModel::DampedTrend,
        trend: Trend::Increasing,
        rmse: Some(0.045),
        mae: Some(0.027),
        judged: true,
    }
}

fn segment(number: u32, label: &str, size: u32, effect: f64) -> Segment {
    let difference = |(i, feature): (usize, &&str)| {
        let effect = effect / (1.0 + i as f64);
        SegmentDifference {
            feature: (*feature).into(),
            mean: 4.0 + effect,
            cohort: 4.0,
            effect,
            lower: Some(effect - 0.3),
            upper: (i < 5).then_some(effect + 0.3),
        }
    };
    let features = ["sessions", "gap", "engagement", "avg_hints", "avg_rt", "improvement"];
    Segment {
        label: label.into(),
        number: Some(number),
        size,
        share: f64::from(size) / 24.0,
        stability: Some(0.91),
        is_new: number == 5,
        came: number % 3,
        differences: features.iter().enumerate().map(difference).collect(),
    }
}

pub(crate) fn segments() -> ClassSegments {
    ClassSegments {
        segments: vec![
            segment(1, "short_frequent", 12, 1.9),
            segment(2, "long_rare", 8, -4.2),
            segment(5, "cluster_5", 4, 0.4),
        ],
        students: 24,
        moved: 3,
        died: 1,
    }
}

fn segment_of_student() -> SegmentDetail {
    SegmentDetail {
        segment: segment(1, "short_frequent", 12, 1.9),
        membership: Some(0.97),
        is_outlier: false,
        moved_from: Some(2),
    }
}

fn student_row(i: usize, dice: &mut Dice) -> StudentRow {
    let is_silent = i % 9 == 5;
    let attempts = if is_silent { 0 } else { 12 + dice.below(40) };
    let right = (f64::from(attempts) * (0.4 + 0.5 * dice.share())) as u32;
    let improvement = if is_silent {
        Kpi::unknown(Reason::NoAttemptsRecent)
    } else {
        {
            let value = (0.09 * dice.normal()).clamp(-1.0, 1.0);
            Kpi {
                lower: Some((value - 0.1).max(-1.0)),
                upper: Some((value + 0.1).min(1.0)),
                ..Kpi::known(value)
            }
        }
    };
    let user_id = format!("s{:04}", 142 + i);
    StudentRow {
        file: Some(seedtest_report::file_name(&user_id)),
        user_id,
        display_name: Some(NAMES[i].into()),
        kpis: KpiCards {
            improvement,
            efficiency: Kpi::known((0.1 + 0.15 * dice.normal()).clamp(0.0, 1.0)),
            recovery: Kpi::known(dice.share()),
            engagement: Kpi::known(0.2 + 0.6 * dice.share()),
            goal: Kpi::default(),
            churn: Kpi::known(if is_silent { 0.62 } else { 0.4 * dice.share() }),
            sessions: Kpi::known(f64::from(dice.below(20))),
            active_days: Kpi { n: Some(28), ..Kpi::known(f64::from(dice.below(28))) },
        },
        ability: (i % 11 != 10).then(|| AbilityPoint {
            date: monday() + Days::new(6),
            theta: 0.9 * dice.normal(),
            se: Some(0.28 + 0.2 * dice.share()),
        }),
        attempts,
        right,
        halves: Some(Halves {
            recent: (right, attempts.max(right)),
            before: (right / 2, attempts),
        }),
        days_silent: Some(if is_silent { 8 } else { 1 }),
        topics: topics()
            .into_iter()
            .map(|t| TopicScore { right: t.right / (1 + dice.below(3)), ..t })
            .collect(),
        churn: is_silent.then(churn),
    }
}

fn item(i: u32, dice: &mut Dice) -> ItemRow {
    let n = if i.is_multiple_of(13) { 7 } else { 40 + dice.below(200) };
    let share = 0.1 + 0.8 * dice.share();
    let discrimination = match i {
        17 => -0.31,
        33 => 0.22,
        _ => 0.6 + 1.2 * dice.share(),
    };
    ItemRow {
        check_key: false,
        item: format!("Q{:03}", i + 1),
        topic: Some(if i.is_multiple_of(2) { "일차방정식" } else { "Ratio and proportion" }.into()),
        discrimination: Some(discrimination),
        difficulty: Some((1.0 / share - 1.0).ln()),
        n,
        right: if i == 41 { n } else { (f64::from(n) * share) as u32 },
    }
}
