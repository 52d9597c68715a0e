//! The columns of a table that say something of a student, and the keys they make.

/// Columns that say something of a student.
#[derive(Debug, Default)]
pub(super) struct Parts {
    pub(super) groups: Vec<usize>,
    pub(super) numbers: Vec<usize>,
    pub(super) serials: Vec<usize>,
    /// Columns of a whole name each.
    pub(super) names: Vec<Vec<usize>>,
    pub(super) given: Option<usize>,
    pub(super) family: Option<usize>,
    /// Whether the same students are on several sheets, so that the sheet does not say who a student is.
    pub(super) of_all_sheets: bool,
}

impl Parts {
    /// Whether a column is a whole name.
    pub(super) fn is_name(&self, index: usize) -> bool {
        self.names.iter().any(|name| name.as_slice() == [index])
    }

    /// Those columns alone that `keep` wants; of a name in two columns both.
    pub(super) fn retained(mut self, keep: impl Fn(usize) -> bool) -> Self {
        for columns in [&mut self.groups, &mut self.numbers, &mut self.serials] {
            columns.retain(|index| keep(*index));
        }
        self.names.retain(|name| name.iter().all(|index| keep(*index)));
        self
    }

    /// The same where students of several sheets are the same; `sheet`: the column of the sheet.
    pub(super) fn of_students_of_all_sheets(mut self, sheet: Option<usize>) -> Self {
        self.groups.retain(|index| Some(*index) != sheet);
        self.of_all_sheets = true;
        self
    }

    /// Columns of which a student of this key has one value.
    pub(super) fn beside(&self, key: &[usize]) -> Vec<usize> {
        let names = self.names.iter().flatten();
        let all = self.groups.iter().chain(&self.numbers).chain(names);
        all.copied().filter(|index| !key.contains(index)).collect()
    }

    pub(super) fn first_name(&self) -> Option<usize> {
        self.names.first().and_then(|name| name.first()).copied()
    }

    /// Keys, the best first. A number in a class goes with its class, in every file, so that those of two files are
    /// not one student.
    pub(super) fn candidates(&self, found: usize) -> Vec<Vec<usize>> {
        let with = |one: &[usize], other: &[usize]| [one, other].concat();
        let mut keys: Vec<Vec<usize>> = Vec::new();
        let numbers: Vec<Vec<usize>> = self.numbers.iter().map(|index| vec![*index]).collect();
        if !self.groups.is_empty() {
            keys.extend(numbers.iter().map(|number| with(&self.groups, number)));
        }
        let is_own = |key: &&Vec<usize>| key.contains(&found);
        keys.extend(self.names.iter().filter(is_own).cloned());
        keys.extend(numbers.iter().filter(is_own).cloned());
        keys.extend(self.names.iter().chain(&numbers).cloned());
        for name in &self.names {
            if !self.groups.is_empty() {
                keys.push(with(&self.groups, name));
            }
            keys.extend(numbers.iter().map(|number| with(number, name)));
            keys.extend(self.serials.iter().map(|serial| with(&[*serial], name)));
        }
        keys.extend(self.serials.iter().map(|serial| vec![*serial]));
        if keys.iter().all(|key| key.as_slice() != [found]) {
            keys.push(vec![found]);
        }
        keys
    }

    /// Whether there is a number and a name, which together are nobody else's of a class.
    pub(super) fn tell_all(&self) -> bool {
        !self.numbers.is_empty() && !self.names.is_empty()
    }

    pub(super) fn all(&self) -> Vec<usize> {
        let names = self.names.first().into_iter().flatten();
        let numbers = self.numbers.first().into_iter();
        self.groups.iter().chain(numbers).chain(names).copied().collect()
    }
}
