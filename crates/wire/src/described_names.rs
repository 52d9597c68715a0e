//! Names under which requests are read against names that their schemas tell.

use std::collections::BTreeSet;

use schemars::{JsonSchema, schema_for};
use serde::de::value::Error;
use serde::de::{Deserialize, Deserializer, Error as _, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::Value;

use super::questions::*;
use super::*;

/// Keeps the names that a type asks for, aliases among them.
struct Names<'a>(&'a mut Vec<&'static str>);

impl<'de> Deserializer<'de> for Names<'_> {
    type Error = Error;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Error> {
        self.0.extend_from_slice(fields);
        Err(Error::custom("names are known"))
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        Err(Error::custom("no struct"))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

fn check<'de, T: Deserialize<'de> + JsonSchema>() {
    let mut read = Vec::new();
    assert!(T::deserialize(Names(&mut read)).is_err());
    let schema = schema_for!(T);
    let mut told = BTreeSet::new();
    for (name, property) in schema.get("properties").unwrap().as_object().unwrap() {
        let aliases = property.get("x-aliases").and_then(Value::as_array);
        told.extend(aliases.into_iter().flatten().map(|alias| alias.as_str().unwrap()));
        told.insert(name.as_str());
    }
    assert_eq!(read.into_iter().collect::<BTreeSet<_>>(), told, "{}", T::schema_name());
}

#[test]
fn every_name_of_a_request_is_told() {
    check::<CalibrateRequest<'_>>();
    check::<AnchorJson>();
    check::<AnchorParams>();
    check::<ScoreRequest<'_>>();
    check::<CatNextRequest>();
    check::<CatSettingsJson>();
    check::<CatAreaJson>();
    check::<CatAnswerJson>();
    check::<CatSessionRequest>();
    check::<CatResultRequest>();
    check::<GrowthFitRequest>();
    check::<GrowthPriorJson>();
    check::<GrowthPredictRequest>();
    check::<GrowthFeaturesJson>();
    check::<SurvivalFitRequest>();
    check::<SurvivalParams>();
    check::<SurvivalPredictRequest>();
    check::<SurvivalCurvesRequest>();
    check::<PenaltyJson>();
    check::<MixedFitRequest>();
    check::<MixedPredictRequest>();
    check::<ProphetFitRequest>();
    check::<ProphetOptionsJson>();
    check::<ProphetHolidayJson>();
    check::<ProphetSeasonalityJson>();
    check::<ProphetPredictRequest>();
    check::<ClusterFitRequest>();
    check::<ClusterPredictRequest>();
    check::<TopicThetaRequest<'_>>();
    check::<ImprovementRequest<'_>>();
    check::<GoalAttainmentRequest<'_>>();
    check::<NextTopicsRequest<'_>>();
    check::<ChurnRiskRequest<'_>>();
    check::<ReportRequestJson<'_>>();
    check::<KpiRequest>();
    check::<Answer>();
    check::<UpdateRequest>();
    check::<RecomputeRequest>();
    check::<SummaryRequest>();
}
