//! Survival by time: a JSON object whose keys are times, in the order of the times.

use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Survival at some times, increasing; null where it is not known.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SurvivalByTime {
    points: Vec<(f64, Option<f64>)>,
}

impl SurvivalByTime {
    /// Puts points into the order of their times; of several at one time the last stays.
    pub fn new(mut points: Vec<(f64, Option<f64>)>) -> Self {
        points.reverse();
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        points.dedup_by(|later, kept| later.0 == kept.0);
        Self { points }
    }

    /// Times with the survival at each.
    pub fn points(&self) -> &[(f64, Option<f64>)] {
        &self.points
    }

    /// Survival at one of the times; `None` where it is not known.
    pub fn at(&self, time: f64) -> Option<f64> {
        self.points.iter().find(|point| point.0 == time).and_then(|point| point.1)
    }
}

impl Serialize for SurvivalByTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.points.iter().map(|(time, s)| (time.to_string(), s)))
    }
}

impl<'de> Deserialize<'de> for SurvivalByTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let by_key = BTreeMap::<String, Option<f64>>::deserialize(deserializer)?;
        let point = |(key, survival): (String, Option<f64>)| {
            let time = key.parse().map_err(|_| de::Error::custom(format!("{key} is no time")))?;
            Ok((time, survival))
        };
        Ok(Self::new(by_key.into_iter().map(point).collect::<Result<_, D::Error>>()?))
    }
}

impl JsonSchema for SurvivalByTime {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "SurvivalByTime".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        BTreeMap::<String, Option<f64>>::json_schema(generator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_in_the_order_of_numbers() {
        let points = vec![(30.0, None), (7.0, Some(0.9)), (10.5, Some(0.8)), (100.0, None)];
        let curve = SurvivalByTime::new(points);
        let json = serde_json::to_string(&curve).unwrap();
        assert_eq!(json, r#"{"7":0.9,"10.5":0.8,"30":null,"100":null}"#);
        assert_eq!(serde_json::from_str::<SurvivalByTime>(&json).unwrap(), curve);
        assert_eq!((curve.at(10.5), curve.at(30.0)), (Some(0.8), None));
    }
}
