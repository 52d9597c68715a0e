//! How well a calibration fits.

use seedtest_irt::{DiagnoseSpec, ItemParameters, Responses, diagnose};
use seedtest_responses::ResponseLog;
use seedtest_wire::QualityJson;

use super::calibration::CalibratedLog;
use crate::error::Error;

impl CalibratedLog {
    /// How well items, students and pairs follow the calibrated model.
    pub fn quality(&self, log: &ResponseLog) -> Result<QualityJson, Error> {
        let mut items: Vec<Option<ItemParameters>> = vec![None; log.items().len()];
        for item in &self.fit.items {
            items[item.item as usize] = Some(ItemParameters::from(item));
        }
        let responses = Responses {
            student: &self.answers.student,
            item: &self.answers.item,
            correct: &self.answers.correct,
            n_students: log.students().len(),
            n_items: log.items().len(),
        };
        let spec = DiagnoseSpec {
            model: self.fit.spec.model,
            mean: self.fit.latent.mean,
            sd: self.fit.latent.sd,
            ..DiagnoseSpec::default()
        };
        let diagnosis = diagnose(&responses, &items, &spec)?;
        Ok(QualityJson::new(&diagnosis, log.items(), log.students()))
    }
}
