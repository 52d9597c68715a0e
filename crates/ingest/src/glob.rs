//! Names with `*` for any characters.

/// Whether `name` fits `pattern`, in which `*` stands for any characters and `?` for one; case does not matter.
pub(crate) fn fits(pattern: &str, name: &str) -> bool {
    let pattern: Vec<char> = pattern.trim().to_lowercase().chars().collect();
    let name: Vec<char> = name.trim().to_lowercase().chars().collect();
    let (mut at, mut of) = (0, 0);
    // Where to go on when the star at `star` takes one more character.
    let mut star: Option<(usize, usize)> = None;
    while of < name.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, of));
                at += 1;
            }
            Some(&c) if c == '?' || c == name[of] => {
                at += 1;
                of += 1;
            }
            _ => {
                let Some((star_at, star_of)) = star else { return false };
                star = Some((star_at, star_of + 1));
                at = star_at + 1;
                of = star_of + 1;
            }
        }
    }
    pattern[at..].iter().all(|&c| c == '*')
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn stars_stand_for_anything() {
        for (pattern, name) in [
            ("q*", "q1"),
            ("Q*", "q"),
            ("*번", "12번"),
            ("*", ""),
            ("a*c*e", "abcde"),
            ("q?", "q7"),
            ("x", " X "),
        ] {
            assert!(fits(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in
            [("q*", "aq1"), ("q", "q1"), ("*번", "번호"), ("", "x"), ("q?", "q10"), ("a*b", "ac")]
        {
            assert!(!fits(pattern, name), "{pattern} {name}");
        }
    }
}
