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
        let page = self.renderer.student(&report)?;
        // The paper says the same as the page.
        let said = content_digest(&page, &report.generated_at);
        let page = Bytes::from(page);
        self.formats.iter().map(|&format| self.made(&report, &page, format, &said)).collect()
    }

    fn made(
        &self,
        report: &StudentReport,
        page: &Bytes,
        format: ReportFormat,
        said: &str,
    ) -> Result<Made, Error> {
        let content = match (format, &self.paper) {
            (ReportFormat::Html, _) => page.clone(),
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

/// Of a page without the time at which it was made.
fn content_digest(page: &str, generated_at: &str) -> String {
    let timeless: Vec<&[u8]> = match generated_at {
        "" => vec![page.as_bytes()],
        at => page.split(at).map(str::as_bytes).collect(),
    };
    sha256_hex(&timeless)
}

#[cfg(test)]
mod tests {
    use super::content_digest;

    #[test]
    fn a_page_made_later_says_the_same() {
        let page = |at: &str, share: &str| format!("<p>{share} right</p><footer>{at}</footer>");
        let of = |at: &str, share: &str| content_digest(&page(at, share), at);
        assert_eq!(of("2026-03-23 06:00 KST", "77%"), of("2026-03-24 18:30 KST", "77%"));
        assert_ne!(of("2026-03-23 06:00 KST", "77%"), of("2026-03-23 06:00 KST", "78%"));
        assert_ne!(of("", "77%"), of("", "78%"));
    }
}
