//! Variances between processes: pooled, moderated, and their sums.

use super::process::mean;

/// A variance and the degrees of freedom it is known with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Variance {
    /// The variance.
    pub value: f64,
    /// Degrees of freedom.
    pub freedom: f64,
}

impl Variance {
    /// The variance within `groups`, pooled: the squares about each group's mean over the sum of (size - 1).
    /// `None` where no group has two values.
    pub fn pooled(groups: &[Vec<f64>]) -> Option<Self> {
        let mut squares = 0.0;
        let mut freedom = 0.0;
        for group in groups.iter().filter(|group| !group.is_empty()) {
            let centre = mean(group);
            squares += group
                .iter()
                .map(|value| (value - centre).powi(2))
                .sum::<f64>();
            freedom += group.len() as f64 - 1.0;
        }
        (freedom > 0.0).then(|| Self {
            value: squares / freedom,
            freedom,
        })
    }

    /// This variance shrunk towards a model's, each weighted by its degrees of freedom.
    ///
    /// Smyth 2004, "Linear models and empirical Bayes methods", the posterior variance of section 3:
    /// (d0 s0^2 + d s^2) / (d0 + d), with d0 + d degrees of freedom.
    #[must_use]
    pub fn moderated(self, model: Self) -> Self {
        let freedom = model.freedom + self.freedom;
        Self {
            value: (model.freedom * model.value + self.freedom * self.value) / freedom,
            freedom,
        }
    }

    /// The same knowledge of `factor` times the variance, such as that of a mean.
    #[must_use]
    pub fn scaled(self, factor: f64) -> Self {
        Self {
            value: self.value * factor,
            ..self
        }
    }
}

/// The sum of independent variances with its approximate degrees of freedom.
///
/// Satterthwaite 1946, "An approximate distribution of estimates of variance components":
/// (sum v)^2 / sum(v^2 / d). A sum of zero keeps the fewest degrees of freedom of its parts.
pub fn satterthwaite(parts: &[Variance]) -> Variance {
    let value: f64 = parts.iter().map(|part| part.value).sum();
    let spread: f64 = parts
        .iter()
        .map(|part| part.value * part.value / part.freedom)
        .sum();
    let freedom = if spread > 0.0 {
        value * value / spread
    } else {
        parts
            .iter()
            .map(|part| part.freedom)
            .fold(f64::INFINITY, f64::min)
    };
    Variance { value, freedom }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::float_cmp)] // exact on purpose

    use super::*;

    #[test]
    fn pooling_leaves_the_groups_means_out() {
        let pooled =
            Variance::pooled(&[vec![1.0, 3.0], vec![101.0, 102.0, 103.0], vec![7.0], vec![]]);
        let expected = Variance {
            value: 4.0 / 3.0,
            freedom: 3.0,
        };
        assert_eq!(pooled, Some(expected));
        assert_eq!(Variance::pooled(&[vec![1.0], vec![2.0]]), None);
    }

    #[test]
    fn two_equal_variances_add_their_freedom() {
        let part = Variance {
            value: 2.0,
            freedom: 4.0,
        };
        let sum = satterthwaite(&[part, part]);
        assert_eq!((sum.value, sum.freedom), (4.0, 8.0));
        let zero = Variance {
            value: 0.0,
            freedom: 4.0,
        };
        assert_eq!(satterthwaite(&[zero, part.scaled(0.0)]).freedom, 4.0);
    }
}
