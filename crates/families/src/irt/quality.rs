//! How well a calibration fits.

use seedtest_irt::{
    DiagnoseSpec, Diagnosis, Fit, Flag, ItemDiagnosis, ItemParameters, Responses, diagnose,
};
use seedtest_responses::ResponseLog;
use seedtest_wire::{ItemQualityJson, PairQualityJson, PersonQualityJson, QualityJson};

use super::response::code;
use crate::error::Error;

/// How well items, students and pairs follow the calibrated model.
pub(super) fn quality(
    fit: &Fit,
    responses: &Responses<'_>,
    log: &ResponseLog,
) -> Result<QualityJson, Error> {
    let mut items: Vec<Option<ItemParameters>> = vec![None; log.items().len()];
    for item in &fit.items {
        items[item.item as usize] = Some(ItemParameters::from(item));
    }
    let spec = DiagnoseSpec {
        model: fit.spec.model,
        mean: fit.latent.mean,
        sd: fit.latent.sd,
        ..DiagnoseSpec::default()
    };
    let diagnosis = diagnose(responses, &items, &spec)?;
    Ok(json(&diagnosis, log.items(), log.students()))
}

/// The quality of a diagnosis; ids by code.
fn json(diagnosis: &Diagnosis, items: &[Box<str>], students: &[Box<str>]) -> QualityJson {
    let item = |code: u32| items[code as usize].to_string();
    let mut persons: Vec<PersonQualityJson> = diagnosis
        .persons
        .iter()
        .map(|person| PersonQualityJson {
            user_id: students[person.student as usize].to_string(),
            n: person.n,
            lz_star: person.lz_star,
        })
        .collect();
    persons.sort_by(|x, y| x.lz_star.total_cmp(&y.lz_star));
    QualityJson {
        reliability: diagnosis.reliability,
        n_complete: diagnosis.n_complete,
        items: diagnosis
            .items
            .iter()
            .map(|entry| item_quality(item(entry.classical.item), entry))
            .collect(),
        persons,
        pairs: diagnosis
            .pairs
            .iter()
            .map(|pair| PairQualityJson {
                first: item(pair.first),
                second: item(pair.second),
                n: pair.n,
                q3: pair.q3,
            })
            .collect(),
        mean_q3: diagnosis.mean_q3,
    }
}

fn item_quality(item_id: String, entry: &ItemDiagnosis) -> ItemQualityJson {
    ItemQualityJson {
        item_id,
        n: entry.classical.n,
        p: entry.classical.p,
        item_rest: entry.classical.item_rest,
        infit: entry.mean_squares.map(|m| m.infit),
        outfit: entry.mean_squares.map(|m| m.outfit),
        s_x2: entry.s_x2.map(|s| s.statistic),
        s_x2_df: entry.s_x2.map(|s| s.df),
        s_x2_p: entry.s_x2.and_then(|s| s.p),
        s_x2_p_adjusted: entry.s_x2.and_then(|s| s.p_adjusted),
        s_x2_reason: entry.s_x2_missing.map(code),
        flags: entry.flags.iter().map(Flag::text).collect(),
    }
}
