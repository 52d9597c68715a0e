//! Words of the contract for the reasons of a calibration.

/// The snake-case word under which a reason is serialised.
pub(super) fn code(reason: impl serde::Serialize) -> String {
    let value = serde_json::to_value(reason).unwrap_or_default();
    value.as_str().unwrap_or_default().to_string()
}
