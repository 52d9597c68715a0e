//! Adaptive tests in words: how abilities are estimated, why a test ends, what a bank or a request has wrong.

use seedtest_irt::ScoreMethod;
use seedtest_irt::cat::{CatError, Stop};

use crate::error::Error;

pub(super) fn method_name(method: ScoreMethod) -> &'static str {
    match method {
        ScoreMethod::Eap => "EAP",
        ScoreMethod::Map => "MAP",
        ScoreMethod::Ml => "ML",
        ScoreMethod::Wle => "WLE",
    }
}

pub(super) fn stop_name(stop: &Stop) -> &'static str {
    match stop {
        Stop::Precision { .. } => "precision",
        Stop::Classified { .. } => "classified",
        Stop::Length { .. } => "length",
        Stop::NoItemLeft => "no_item_left",
    }
}

pub(super) fn stop_text(stop: &Stop) -> String {
    match stop {
        Stop::Precision { se } => {
            format!("the ability is known well enough: standard error {se:.3}")
        }
        Stop::Classified { above, probability } => {
            let side = if *above { "above" } else { "below" };
            format!("the ability is {side} the cut with probability {probability:.3}")
        }
        Stop::Length { n } => format!("{n} items were given, the most there are to be"),
        Stop::NoItemLeft => "no item of the bank is left".into(),
    }
}

/// A refusal of the kernel with names in place of codes.
pub(super) fn refused(error: &CatError, ids: &[String], areas: &[String]) -> Error {
    let id = |item: u32| ids.get(item as usize).map_or("?", String::as_str);
    let (field, reason) = match error {
        CatError::EmptyBank => ("item_params", error.to_string()),
        CatError::Curves { item, what } => ("item_params", format!("item {}: {what}", id(*item))),
        CatError::Repeated { item } => ("history", format!("item {} is there twice", id(*item))),
        CatError::Item { .. } => ("history", error.to_string()),
        CatError::Category { item, category, n_categories } => (
            "history",
            format!("category {category} of item {}, which has {n_categories}", id(*item)),
        ),
        CatError::Area { area, what } => {
            let name = areas.get(*area as usize).map_or("?", String::as_str);
            ("areas", format!("{name}: {what}"))
        }
        CatError::Setting { field, value, required } => {
            (*field, format!("is {value}, it must be {required}"))
        }
    };
    Error::field(field, format!("{reason}; {}", error.hint()))
}
