//! What a piece of work would take, known before it is begun.

use std::fmt;

/// How much memory one piece of work may take beyond its data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Budget(Option<u64>);

/// What a piece of work takes memory for: products of counts.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Cost(Vec<Product>);

/// One product of counts and the bytes that each of its cells takes.
#[derive(Debug, Clone, PartialEq)]
struct Product {
    what: &'static str,
    factors: Vec<(&'static str, f64)>,
    bytes_each: f64,
}

/// A piece of work that would take more memory than it may.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error(
    "too large: {what} of {product} would take {needed}, and the work may take {budget} in all"
)]
pub struct TooLarge {
    what: &'static str,
    /// The factors with their names, as `5000 rows × 100000 times`.
    product: String,
    needed: Bytes,
    budget: Bytes,
}

/// A number of bytes as people read it.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Bytes(f64);

impl Budget {
    /// No limit: for work of who owns the machine.
    pub const UNLIMITED: Self = Self(None);

    /// So many bytes.
    pub const fn of_bytes(bytes: u64) -> Self {
        Self(Some(bytes))
    }

    /// Lets a piece of work begin that fits.
    ///
    /// # Errors
    /// [`TooLarge`] with its largest product where it does not.
    pub fn admit(self, cost: &Cost) -> Result<(), TooLarge> {
        let Some(budget) = self.0 else { return Ok(()) };
        let all: f64 = cost.0.iter().map(Product::bytes).sum();
        let largest = cost.0.iter().max_by(|a, b| a.bytes().total_cmp(&b.bytes()));
        match largest {
            Some(largest) if all > budget as f64 => Err(TooLarge {
                what: largest.what,
                product: largest.to_string(),
                needed: Bytes(largest.bytes()),
                budget: Bytes(budget as f64),
            }),
            _ => Ok(()),
        }
    }

    /// What is left of it beside work that takes so much.
    #[must_use]
    pub fn beside(self, cost: &Cost) -> Self {
        let taken: f64 = cost.0.iter().map(Product::bytes).sum();
        Self(self.0.map(|budget| (budget as f64 - taken).max(0.0) as u64))
    }

    /// The share of one of so many pieces of work that are done at once.
    #[must_use]
    pub fn shared_by(self, pieces: usize) -> Self {
        Self(self.0.map(|budget| budget / pieces.max(1) as u64))
    }
}

impl Cost {
    /// Nothing yet.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// The same and a product more: what it is, its factors by name, and the bytes that each cell takes,
    /// counting copies that are alive at once. Counts may be too large for any memory.
    #[must_use]
    pub fn and(
        mut self,
        what: &'static str,
        factors: &[(&'static str, f64)],
        bytes_each: f64,
    ) -> Self {
        self.0.push(Product { what, factors: factors.to_vec(), bytes_each });
        self
    }

    /// All products of both.
    #[must_use]
    pub fn with(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }
}

impl Product {
    fn bytes(&self) -> f64 {
        self.factors.iter().map(|(_, count)| count).product::<f64>() * self.bytes_each
    }
}

impl fmt::Display for Product {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (name, count)) in self.factors.iter().enumerate() {
            let times = if at == 0 { "" } else { " × " };
            write!(f, "{times}{count} {name}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [&str; 5] = ["bytes", "KiB", "MiB", "GiB", "TiB"];
        let (mut value, mut unit) = (self.0, 0);
        while value >= 1024.0 && unit + 1 < UNITS.len() {
            value /= 1024.0;
            unit += 1;
        }
        if value >= 100.0 || unit == 0 {
            return write!(f, "{value:.0} {}", UNITS[unit]);
        }
        write!(f, "{value:.1} {}", UNITS[unit])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_product_is_told() {
        let cost = Cost::new().and("a table", &[("rows", 10.0), ("columns", 3.0)], 8.0).and(
            "predictions",
            &[("rows", 5_000.0), ("times", 100_000.0)],
            8.0,
        );
        assert!(Budget::UNLIMITED.admit(&cost).is_ok());
        assert!(Budget::of_bytes(4_000_000_240).admit(&cost).is_ok());
        let error = Budget::of_bytes(512 << 20).admit(&cost).unwrap_err();
        assert_eq!(
            error.to_string(),
            "too large: predictions of 5000 rows × 100000 times would take 3.7 GiB, and the work may take \
             512 MiB in all"
        );
    }

    #[test]
    fn what_fits_alone_may_not_fit_together() {
        let part = Cost::new().and("a table", &[("rows", 60.0)], 1.0);
        assert!(Budget::of_bytes(100).admit(&part).is_ok());
        assert!(Budget::of_bytes(100).admit(&part.clone().with(part)).is_err());
    }

    #[test]
    fn what_is_left_is_for_the_rest_of_the_work() {
        let cost = |bytes: f64| Cost::new().and("a table", &[("rows", bytes)], 1.0);
        let left = Budget::of_bytes(100).beside(&cost(60.0));
        assert!(left.admit(&cost(40.0)).is_ok() && left.admit(&cost(41.0)).is_err());
        assert!(left.beside(&cost(1e300)).admit(&cost(1.0)).is_err());
        let share = Budget::of_bytes(100).shared_by(3);
        assert!(share.admit(&cost(33.0)).is_ok() && share.admit(&cost(34.0)).is_err());
        for budget in [Budget::UNLIMITED.beside(&cost(1e300)), Budget::UNLIMITED.shared_by(9)] {
            assert_eq!(budget, Budget::UNLIMITED);
        }
    }

    #[test]
    fn counts_beyond_every_memory_are_no_overflow() {
        let cost = Cost::new().and("a path", &[("penalties", 1e300), ("columns", 1e300)], 8.0);
        assert!(Budget::of_bytes(u64::MAX).admit(&cost).is_err());
    }
}
