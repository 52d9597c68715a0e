//! Which way a series goes.

use serde::{Deserialize, Serialize};

use crate::data::Data;

/// Which way a series goes over its whole length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Slope {
    /// Up.
    Increasing,
    /// Down.
    Decreasing,
    /// Neither, or not to be told from the noise.
    Flat,
}

impl Slope {
    /// The sign of the least-squares line through the series; flat where the slope is within two of
    /// its standard errors, and for fewer than three points.
    pub fn of(data: &Data<'_>) -> Self {
        let n = data.y.len().min(data.rows.time.len());
        if n < 3 {
            return Self::Flat;
        }
        let count = n as f64;
        let first = data.rows.time[0];
        let time: Vec<f64> = data.rows.time[..n].iter().map(|t| (t - first) as f64).collect();
        let y = &data.y[..n];
        let (mean_time, mean_y) = (time.iter().sum::<f64>() / count, y.iter().sum::<f64>() / count);
        let centred = || time.iter().map(|t| t - mean_time).zip(y.iter().map(|v| v - mean_y));
        let squares: f64 = centred().map(|(t, _)| t * t).sum();
        let slope = centred().map(|(t, v)| t * v).sum::<f64>() / squares;
        let residuals: f64 = centred().map(|(t, v)| (v - slope * t) * (v - slope * t)).sum();
        let error = (residuals / (count - 2.0) / squares).sqrt();
        if slope > 2.0 * error {
            Self::Increasing
        } else if slope < -2.0 * error {
            Self::Decreasing
        } else {
            Self::Flat
        }
    }

    /// Its word in answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Increasing => "increasing",
            Self::Decreasing => "decreasing",
            Self::Flat => "flat",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Slope;
    use crate::data::Data;

    #[test]
    fn a_slope_within_its_error_is_none() {
        let time: Vec<i64> = (0..12).collect();
        let of = |y: &[f64]| Slope::of(&Data::new(&time[..y.len()], y));
        let line: Vec<f64> = (0..12).map(f64::from).collect();
        let noise = |i: u32| if i.is_multiple_of(2) { 9.0 } else { -9.0 };
        let noisy: Vec<f64> = (0..12).map(|i| 0.1 * f64::from(i) + noise(i)).collect();
        let falling: Vec<f64> = line.iter().map(|v| -v).collect();
        assert_eq!(of(&line), Slope::Increasing);
        assert_eq!(of(&falling), Slope::Decreasing);
        assert_eq!(of(&noisy), Slope::Flat);
        assert_eq!(of(&[1.0; 12]), Slope::Flat);
        assert_eq!(of(&[1.0, 2.0]), Slope::Flat);
    }
}
