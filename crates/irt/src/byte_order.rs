//! Numbers as bytes, in one order on every machine.

/// What becomes a message to another process.
#[derive(Default)]
pub(crate) struct Writer(pub(crate) Vec<u8>);

impl Writer {
    pub(crate) fn count(&mut self, n: usize) {
        self.whole(n as u64);
    }

    pub(crate) fn whole(&mut self, n: u64) {
        self.0.extend(n.to_le_bytes());
    }

    pub(crate) fn wide(&mut self, n: i128) {
        self.0.extend(n.to_le_bytes());
    }

    pub(crate) fn real(&mut self, x: f64) {
        self.0.extend(x.to_le_bytes());
    }

    pub(crate) fn wholes(&mut self, all: impl ExactSizeIterator<Item = u64>) {
        self.count(all.len());
        all.for_each(|n| self.whole(n));
    }

    pub(crate) fn reals(&mut self, all: impl ExactSizeIterator<Item = f64>) {
        self.count(all.len());
        all.for_each(|x| self.real(x));
    }

    pub(crate) fn flags(&mut self, all: &[bool]) {
        self.count(all.len());
        self.0.extend(all.iter().map(|&flag| u8::from(flag)));
    }
}

/// What is left of a message from another process; everything taken is `None` once it is cut off.
pub(crate) struct Reader<'a>(pub(crate) &'a [u8]);

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (first, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*first)
    }

    pub(crate) fn count(&mut self) -> Option<usize> {
        usize::try_from(self.whole()?).ok()
    }

    pub(crate) fn whole(&mut self) -> Option<u64> {
        self.take().map(u64::from_le_bytes)
    }

    pub(crate) fn wide(&mut self) -> Option<i128> {
        self.take().map(i128::from_le_bytes)
    }

    pub(crate) fn real(&mut self) -> Option<f64> {
        self.take().map(f64::from_le_bytes)
    }

    /// A list of what takes `size` bytes each.
    fn list<T>(&mut self, size: usize, one: impl Fn(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let n = self.count()?;
        if n.checked_mul(size)? > self.0.len() {
            return None;
        }
        (0..n).map(|_| one(self)).collect()
    }

    pub(crate) fn wholes(&mut self) -> Option<Vec<u64>> {
        self.list(8, Self::whole)
    }

    pub(crate) fn reals(&mut self) -> Option<Vec<f64>> {
        self.list(8, Self::real)
    }

    pub(crate) fn flags(&mut self) -> Option<Vec<bool>> {
        self.list(1, |bytes| bytes.take::<1>().map(|[flag]| flag != 0))
    }
}
