//! The style sheet with its colours put in place, for what knows no variables.

use std::collections::BTreeMap;

/// The style sheet of the pages, and of their parts in pages of others.
pub const STYLE: &str = include_str!("../templates/style.css");

/// The colours that the `n`-th `:root` rule sets (1 light, 2 dark, 3 print), by name: `accent` is
/// `#1d5c9e`.
pub(crate) fn colours(n: usize) -> BTreeMap<&'static str, &'static str> {
    let rule = STYLE.split(":root {").nth(n).and_then(|rest| rest.split('}').next());
    let lines = rule.unwrap_or_default().split(';');
    lines.filter_map(|line| line.trim().strip_prefix("--")?.split_once(": ")).collect()
}

/// Contrast of two colours of six hexadecimal digits, 1..21 (WCAG 2.1, "contrast ratio").
pub(crate) fn contrast(a: &str, b: &str) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// WCAG 2.1, "relative luminance".
fn luminance(colour: &str) -> f64 {
    let bits = u32::from_str_radix(colour.trim_start_matches('#'), 16).unwrap_or(0);
    let channel = |shift: u32| {
        let c = f64::from((bits >> shift) & 0xff) / 255.0;
        if c <= 0.040_45 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * channel(16) + 0.7152 * channel(8) + 0.0722 * channel(0)
}

/// The rules for charts alone, with `colours` in the place of variables: a chart that carries them looks
/// outside its page as it does on it.
pub(crate) fn chart_style(colours: &BTreeMap<&str, &str>) -> String {
    let is_of_charts = |line: &&str| {
        line.starts_with("svg .") || line.starts_with("svg text") || line.starts_with("pattern ")
    };
    // The rules of screens and print are indented, those of every medium are not.
    let rules = STYLE.lines().filter(is_of_charts).collect::<Vec<_>>().join("\n");
    colours
        .iter()
        .fold(rules, |rules, (name, value)| rules.replace(&format!("var(--{name})"), value))
}

#[cfg(test)]
mod tests {
    use super::{chart_style, colours, contrast};

    #[test]
    fn the_ratio_is_that_of_the_standard() {
        assert!((contrast("#ffffff", "#000000") - 21.0).abs() < 1e-9);
        assert!((contrast("#777777", "#ffffff") - 4.48).abs() < 0.01);
    }

    #[test]
    fn a_chart_takes_its_colours_along() {
        let known = colours(1);
        assert_eq!(known["paper"], "#ffffff");
        let style = chart_style(&known);
        assert!(style.contains("svg .line") && style.contains(known["accent"]));
        assert!(!style.contains("var("), "{style}");
    }
}
