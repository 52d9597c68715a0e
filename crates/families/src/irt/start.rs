//! A stored calibration as the start of another one.

use seedtest_irt::{ItemParameters, Start, StartGroup, StartItem};
use seedtest_wire::{CalibrateResponse, LinkingConstants};

use super::groups::GroupCodes;

/// A stored solution as the start of a calibration of these items: of a free one, back from the scale of
/// its anchors; of one with its anchors held, on that scale. With the codes of the items. A covariance
/// helps only when every item is still there.
pub(super) fn start(
    stored: &CalibrateResponse,
    ids: &[Box<str>],
    held: bool,
    groups: Option<&GroupCodes>,
) -> Start {
    let LinkingConstants { a, b, .. } = stored.fit_meta.linking_constants;
    let (a, b) = if held { (1.0, 0.0) } else { (a, b) };
    // θ = (θ* − B)/A undoes θ* = Aθ + B.
    let (slope, intercept) = (1.0 / a, -b / a);
    let items = stored.item_params.iter().filter_map(|item| {
        let params = item.params;
        let parameters = ItemParameters { a: params.a, b: params.b, c: params.c };
        let code = code(ids, &item.item_id)?;
        Some(StartItem { item: code, parameters: parameters.on_scale(slope, intercept) })
    });
    let metrics = &stored.fit_meta.metrics;
    let start_group = |(code, name): (u32, &String)| {
        let known = stored.groups.iter().find(|group| group.group == *name)?;
        let (mean, sd) = (slope * known.mean + intercept, slope * known.sd);
        Some(StartGroup { group: code, mean, sd })
    };
    let kept = stored.covariance.as_ref();
    let covariance = kept.and_then(|kept| kept.coded(|id| code(ids, id)));
    let names = (0u32..).zip(groups.into_iter().flat_map(|groups| &groups.names));
    Start {
        items: items.collect(),
        groups: names.filter_map(start_group).collect(),
        mean: slope * metrics.latent_mean + intercept,
        sd: slope * metrics.latent_sd,
        covariance: covariance.filter(|_| a == 1.0 && b == 0.0),
        newton: true,
    }
}

fn code(ids: &[Box<str>], item_id: &str) -> Option<u32> {
    ids.binary_search_by(|id| (**id).cmp(item_id)).ok().map(|position| position as u32)
}
