//! Text stands out from its ground as WCAG 2.1 asks (success criterion 1.4.3, level AA).
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;

const STYLE: &str = include_str!("../templates/style.css");

/// The colours of the n-th `:root` rule by variable name.
fn colours(n: usize) -> BTreeMap<&'static str, [f64; 3]> {
    let rule = STYLE.split(":root {").nth(n).unwrap().split('}').next().unwrap();
    rule.split(';')
        .filter_map(|line| line.trim().split_once(": #"))
        .map(|(name, hex)| (name, channels(hex)))
        .collect()
}

/// Red, green and blue in 0..1 of a colour of six or three hexadecimal digits.
fn channels(hex: &str) -> [f64; 3] {
    let digits: Vec<u32> = hex.chars().map(|digit| digit.to_digit(16).unwrap()).collect();
    let channel = |i: usize| match digits.len() {
        3 => 17 * digits[i],
        _ => 16 * digits[2 * i] + digits[2 * i + 1],
    };
    [0, 1, 2].map(|i| f64::from(channel(i)) / 255.0)
}

/// WCAG 2.1, "relative luminance".
fn luminance(colour: [f64; 3]) -> f64 {
    let [red, green, blue] =
        colour.map(|c| if c <= 0.040_45 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) });
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

fn contrast(a: [f64; 3], b: [f64; 3]) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

#[test]
fn the_ratio_is_that_of_the_standard() {
    assert!((contrast(channels("fff"), channels("000000")) - 21.0).abs() < 1e-9);
    assert!((contrast(channels("777"), channels("ffffff")) - 4.48).abs() < 0.01);
}

#[test]
fn text_has_contrast_on_every_ground_in_every_scheme() {
    let schemes = STYLE.matches(":root {").count();
    assert_eq!(schemes, 3, "light, dark and print");
    let mut scheme = BTreeMap::new();
    for n in 1..=schemes {
        let base = if n == 3 { colours(1) } else { scheme };
        scheme = base.into_iter().chain(colours(n)).collect();
        for text in ["--ink", "--quiet", "--accent"] {
            for ground in ["--paper", "--wash", "--note"] {
                let ratio = contrast(scheme[text], scheme[ground]);
                assert!(ratio >= 4.5, "{text} on {ground} in scheme {n}: {ratio:.2}");
            }
        }
        for (text, grounds) in [("--on1", &["--heat1", "--heat2"][..]), ("--on3", &["--heat3"])] {
            for ground in grounds {
                let ratio = contrast(scheme[text], scheme[ground]);
                assert!(ratio >= 4.5, "{text} on {ground} in scheme {n}: {ratio:.2}");
            }
        }
        // Criterion 1.4.11: marks that carry meaning need 3 to 1.
        let ratio = contrast(scheme["--mark"], scheme["--paper"]);
        assert!(ratio >= 3.0, "--mark in scheme {n}: {ratio:.2}");
    }
}
