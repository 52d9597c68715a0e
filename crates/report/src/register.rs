//! How a text speaks to its reader. Korean has a register for each: pages for students, letters to their families
//! and advice are friendly (해요체), pages of classes, schools and models formal (합니다체).

/// How a text speaks to its reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Register {
    /// To teachers and operators.
    Formal,
    /// To students and their families.
    Friendly,
}

/// The text in one register: of `[formal|friendly]` the part that is for it. What has no two parts stays as it is.
pub(crate) fn in_register(text: &str, register: Register) -> String {
    let mut chosen = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('[') {
        chosen.push_str(before);
        let Some((forms, tail)) = forms(after) else {
            chosen.push('[');
            rest = after;
            continue;
        };
        chosen.push_str(match register {
            Register::Formal => forms[0],
            Register::Friendly => forms[1],
        });
        rest = tail;
    }
    chosen.push_str(rest);
    chosen
}

/// Both forms up to the closing bracket, and what follows it. A bar within braces parts the forms of a particle.
fn forms(text: &str) -> Option<([&str; 2], &str)> {
    let (inside, tail) = text.split_once(']')?;
    let mut depth = 0;
    for (at, letter) in inside.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            '|' if depth == 0 => return Some(([&inside[..at], &inside[at + 1..]], tail)),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{Register, in_register};

    #[test]
    fn a_text_has_the_form_of_its_register() {
        let both = |text: &str| {
            [Register::Formal, Register::Friendly].map(|register| in_register(text, register))
        };
        assert_eq!(
            both("주제는 [{topic}입니다|{topic|이에요/예요}]. 없[습니다|어요]."),
            ["주제는 {topic}입니다. 없습니다.", "주제는 {topic|이에요/예요}. 없어요."]
        );
        for plain in ["", "a [b] c", "[", "x]", "{a|을/를} 풀기", "[{a|을/를}]"] {
            assert_eq!(both(plain), [plain, plain]);
        }
    }
}
