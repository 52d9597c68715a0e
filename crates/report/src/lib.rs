//! Weekly reports: view models, charts and self-contained HTML
