//! Typst's standard library, without what only export to HTML and SVG needs.

use std::sync::LazyLock;

use typst::foundations::{Dict, Func, IntoValue, Module, NativeRuleMap, Scope};
use typst::routines::Routines;
use typst::{Library, LibraryBuilder};

use crate::wrap::BETWEEN_WORDS;

/// What Typst itself uses, but for pages of HTML, which can show pages of other PDF files as SVG: a program that can
/// do that holds an interpreter of PDF, a renderer, its fonts and its colour tables. Nothing here leads to them.
static ROUTINES: LazyLock<Routines> = LazyLock::new(|| Routines {
    rules: || {
        let mut rules = NativeRuleMap::new();
        typst_layout::register(&mut rules);
        rules
    },
    eval_string: typst_eval::eval_string,
    eval_closure: typst_eval::eval_closure,
    realize: typst_realize::realize,
    layout_frame: typst_layout::layout_frame,
    // Asked only where export to HTML is switched on.
    html_module: || Module::new("html", Scope::new()),
    html_mathml_body: |_, _| None,
    html_span_filled: |content, _| content,
});

/// The library of templates: Typst's, with a function among the inputs. A name of its own would be none to Typst's
/// program, with which a school may try its template.
pub(crate) fn library() -> Library {
    let mut inputs = Dict::new();
    inputs.insert(BETWEEN_WORDS.name.into(), Func::from(&BETWEEN_WORDS).into_value());
    LibraryBuilder::from_routines(&ROUTINES).with_inputs(inputs).build()
}
