//! An item, and why it deserves a look.

use serde::{Deserialize, Serialize};

/// One item of the class overview.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ItemRow {
    /// Item id or name as it is to be shown.
    pub item: String,
    /// Topic the item belongs to.
    pub topic: Option<String>,
    /// Discrimination a.
    pub discrimination: Option<f64>,
    /// Difficulty b on the scale of θ.
    pub difficulty: Option<f64>,
    /// Whether the calibration says that better students get it wrong more often, whatever sign a
    /// prior left to the discrimination.
    pub check_key: bool,
    /// Answers of known correctness in the weeks that the report looks at.
    pub n: u32,
    /// Right ones among them, at most `n`.
    pub right: u32,
}

/// Why an item deserves a look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ItemFlag {
    /// Better students answer it wrong more often (a ≤ 0, or a negative correlation with the rest
    /// of the test): a wrong key or an ambiguous text.
    NegativeDiscrimination,
    /// Everyone answered it alike, so its difficulty cannot be estimated.
    SingleOutcome,
    /// It hardly separates weak from strong students (0 < a < 0.35: "very low" in Baker, 2001,
    /// *The Basics of Item Response Theory*, chapter 2).
    LowDiscrimination,
}

impl ItemFlag {
    /// Every flag, most serious first.
    pub const ALL: [Self; 3] =
        [Self::NegativeDiscrimination, Self::SingleOutcome, Self::LowDiscrimination];

    /// The stable name, as used in the catalogue.
    pub fn name(self) -> &'static str {
        match self {
            Self::NegativeDiscrimination => "negative_discrimination",
            Self::SingleOutcome => "single_outcome",
            Self::LowDiscrimination => "low_discrimination",
        }
    }
}

impl ItemRow {
    /// Fewest answers for which a flag or a rank among the hardest and easiest means something.
    pub const MIN_ANSWERS: u32 = 10;

    /// The most serious flag of the item; `None` also below [`Self::MIN_ANSWERS`] answers.
    pub fn flag(&self) -> Option<ItemFlag> {
        if self.n < Self::MIN_ANSWERS {
            return None;
        }
        if self.is_single_outcome() {
            return Some(ItemFlag::SingleOutcome);
        }
        if self.check_key {
            return Some(ItemFlag::NegativeDiscrimination);
        }
        match self.discrimination? {
            a if a <= 0.0 => Some(ItemFlag::NegativeDiscrimination),
            a if a < 0.35 => Some(ItemFlag::LowDiscrimination),
            _ => None,
        }
    }

    /// Difficulty of an item that can be ranked: it has enough answers, of both outcomes, and its
    /// key is not in doubt, since with a wrong key the difficulty is that of another question.
    pub fn ranked_difficulty(&self) -> Option<f64> {
        let doubtful = self.flag() == Some(ItemFlag::NegativeDiscrimination);
        let ranked = self.n >= Self::MIN_ANSWERS && !self.is_single_outcome() && !doubtful;
        self.difficulty.filter(|_| ranked)
    }

    fn is_single_outcome(&self) -> bool {
        self.right == 0 || self.right == self.n
    }
}

#[cfg(test)]
mod tests {
    use super::{ItemFlag, ItemRow};

    fn item(a: f64, n: u32, right: u32) -> ItemRow {
        ItemRow {
            item: "q".into(),
            topic: None,
            discrimination: Some(a),
            difficulty: Some(0.0),
            check_key: false,
            n,
            right,
        }
    }

    #[test]
    fn flags_need_enough_answers() {
        assert_eq!(item(-0.5, 9, 4).flag(), None);
        assert_eq!(item(-0.5, 10, 4).flag(), Some(ItemFlag::NegativeDiscrimination));
        assert_eq!(item(0.3, 10, 4).flag(), Some(ItemFlag::LowDiscrimination));
        assert_eq!(item(0.35, 10, 4).flag(), None);
        assert_eq!(item(1.0, 10, 10).flag(), Some(ItemFlag::SingleOutcome));
        assert_eq!(item(1.0, 10, 10).ranked_difficulty(), None);
        assert_eq!(item(1.0, 10, 9).ranked_difficulty(), Some(0.0));
        // A prior keeps a positive: the key is in doubt all the same, and the item no easy one.
        let reversed = ItemRow { check_key: true, ..item(0.4, 50, 40) };
        assert_eq!(reversed.flag(), Some(ItemFlag::NegativeDiscrimination));
        assert_eq!(reversed.ranked_difficulty(), None);
    }
}
