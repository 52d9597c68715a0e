//! Which refusals routes of a kind have.

use super::routes::Access;
use crate::error::Code;

/// Of routes that read a body.
pub(crate) const BODY: [Code; 6] = [
    Code::Malformed,
    Code::InvalidParameter,
    Code::RequestTimeout,
    Code::TooLarge,
    Code::UnsupportedMediaType,
    Code::Busy,
];

/// Of routes that wait for a worker.
pub(crate) const WORKER: [Code; 2] = [Code::Busy, Code::Cancelled];

/// Of routes that fit a model.
pub(crate) const FITTING: [Code; 2] = [Code::UnusableData, Code::Deadline];

/// Of all routes that are guarded the same way.
pub(super) fn of_access(access: Access) -> &'static [Code] {
    match access {
        Access::Open => &[],
        Access::Token => &[Code::Unauthorized, Code::RateLimited, Code::Internal],
        Access::User => &[Code::Unauthorized, Code::RateLimited, Code::Internal, Code::Upstream],
    }
}
