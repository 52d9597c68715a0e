//! The templates of the pages.

pub(crate) const TEMPLATES: &[(&str, &str)] = &[
    ("layout.html", include_str!("../../templates/layout.html")),
    ("parts.html", include_str!("../../templates/parts.html")),
    ("class.html", include_str!("../../templates/class.html")),
    ("classes.html", include_str!("../../templates/classes.html")),
    ("school.html", include_str!("../../templates/school.html")),
    ("student.html", include_str!("../../templates/student.html")),
    ("items.html", include_str!("../../templates/items.html")),
    ("item.html", include_str!("../../templates/item.html")),
    ("models.html", include_str!("../../templates/models.html")),
    ("operations.html", include_str!("../../templates/operations.html")),
    ("run.html", include_str!("../../templates/run.html")),
    ("job_told.html", include_str!("../../templates/job_told.html")),
    ("imports.html", include_str!("../../templates/imports.html")),
    ("preview.html", include_str!("../../templates/preview.html")),
    ("no_class.html", include_str!("../../templates/no_class.html")),
    ("no_school.html", include_str!("../../templates/no_school.html")),
    ("no_items.html", include_str!("../../templates/no_items.html")),
    ("no_student.html", include_str!("../../templates/no_student.html")),
    ("nothing.html", include_str!("../../templates/nothing.html")),
];
