//! Reports of one week or month, in one language and some forms, made for students one by one.

use bytes::Bytes;
use seedtest_digest::{Digest, sha256_hex};
use seedtest_report::{Custom, Lang, Renderer, StudentReport};

use super::material::Material;
use super::paper::Paper;
use super::span::Span;
use super::student::student_report;
use super::write::ReportFormat;
use crate::error::Error;
use crate::runs::PROGRAM_VERSION;

/// What reports are made from and how; shared between threads.
pub(super) struct Edition {
    material: Material,
    renderer: Renderer,
    paper: Option<Paper>,
    formats: Vec<ReportFormat>,
    lang: Lang,
}

/// A report in one form.
pub(super) struct Made {
    pub(super) format: ReportFormat,
    pub(super) content: Bytes,
    /// SHA-256 of the content.
    pub(super) sha256: String,
    /// Digest of what it says, without when it was made.
    pub(super) content_digest: String,
}

impl Edition {
    pub(super) fn new(
        material: Material,
        lang: Lang,
        formats: &[ReportFormat],
        custom: Custom,
    ) -> Result<Self, Error> {
        let paper =
            if formats.contains(&ReportFormat::Pdf) { Some(Paper::new(&custom)?) } else { None };
        let renderer = Renderer::with(lang, custom)?;
        Ok(Self { material, renderer, paper, formats: formats.to_vec(), lang })
    }

    pub(super) fn span(&self) -> Span {
        self.material.span
    }

    /// Who has KPIs, by id.
    pub(super) fn students(&self) -> Vec<String> {
        let mut users: Vec<String> = self.material.kpis.keys().cloned().collect();
        users.sort_unstable();
        users
    }

    /// The report of a student in every form.
    ///
    /// # Errors
    /// [`Error::NothingToReport`] for one without KPIs; when a report cannot be rendered.
    pub(super) fn make(&self, user_id: &str) -> Result<Vec<Made>, Error> {
        if !self.material.kpis.contains_key(user_id) {
            let week = self.material.span.start();
            return Err(Error::NothingToReport(format!(
                "No KPIs found for user={user_id} week={week}"
            )));
        }
        let report = student_report(&self.material, user_id, self.lang);
        let said = self.content_digest(&report)?;
        self.formats.iter().map(|&format| self.made(&report, format, &said)).collect()
    }

    /// Of the page without the time at which it was made; the paper says the same.
    fn content_digest(&self, report: &StudentReport) -> Result<String, Error> {
        let timeless = StudentReport { generated_at: String::new(), ..report.clone() };
        Ok(sha256_hex(&[self.renderer.student(&timeless)?.as_bytes()]))
    }

    fn made(
        &self,
        report: &StudentReport,
        format: ReportFormat,
        said: &str,
    ) -> Result<Made, Error> {
        let content = match (format, &self.paper) {
            (ReportFormat::Html, _) => Bytes::from(self.renderer.student(report)?),
            (ReportFormat::Pdf, Some(paper)) => {
                Bytes::from(paper.print(&self.renderer.student_sheet(report)?)?)
            }
            (ReportFormat::Pdf, None) => return Err(Error::NoPdf),
        };
        // Another program may set the same words otherwise.
        let mut digest = Digest::new();
        digest.text(said).text(format.code()).text(PROGRAM_VERSION);
        Ok(Made {
            format,
            sha256: sha256_hex(&[&content]),
            content_digest: digest.finish(),
            content,
        })
    }
}
