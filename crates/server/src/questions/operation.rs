//! The description of a question.

use schemars::JsonSchema;

use crate::error::Code;
use crate::openapi::{BODY, Operation};

/// What is said of a question with a body about one student, who may be unknown.
pub(super) fn question<Q: JsonSchema, A: JsonSchema>(
    id: &str,
    summary: &'static str,
    examples: &'static str,
) -> Operation {
    let answer = "What is known; a number that is null has a `reason`.";
    Operation::new(id, summary)
        .body::<Q>(examples)
        .answer::<A>(200, answer)
        .refusals(&BODY)
        .refusals(&[Code::NotFound])
}
