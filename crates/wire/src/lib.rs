//! JSON types of the HTTP contract, shared by the `fit` command, the jobs and the server.

mod calibrate;

pub use calibrate::{
    AbilityJson, CalibrateResponse, CalibrationNames, FitMetaJson, ItemJson, ItemParamsJson,
    LinkingConstants, MetricsJson, ModelSpecJson, Params, ParamsSe, SkippedJson, Timings,
    UnscoredJson,
};
