//! The penalised least-squares system of a mixed model: cross-products, factor and derivatives.

mod average_information;
mod conditional;
mod cross_products;
mod factor;
mod leverage;
mod prediction;
mod random_part;
mod rows;
mod score;
pub(crate) mod small;

pub(crate) use average_information::AverageInformation;
pub(crate) use conditional::conditional_covariances;
pub(crate) use cross_products::CrossProducts;
pub(crate) use factor::Factor;
pub(crate) use leverage::leverages;
pub(crate) use prediction::{Target, prediction_variance};
pub(crate) use rows::Rows;
pub(crate) use score::{Fixed, Score};
