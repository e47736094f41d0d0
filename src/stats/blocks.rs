//! Two sides that are measured in blocks: analysis of variance with side fixed and block random.

use super::distribution::fisher_sf;
use super::process::mean;
use super::variance::Variance;

/// Below this p-value the sides are taken to differ from block to block.
const INTERACTS: f64 = 0.01;

/// The difference of two sides that were measured in blocks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BlockShift {
    /// The second side's mean less the first's.
    pub shift: f64,
    /// The variance of one value, by which the shift is judged.
    pub residual: Variance,
    /// The squared standard error of the shift.
    pub error: Variance,
    /// Whether the difference itself changed from block to block by more than chance.
    pub interacts: bool,
}

impl BlockShift {
    /// The shift of `blocks`, each with the values of both sides, as many on one side as on the other and in every
    /// block. `None` where there are fewer than two blocks, or they are not alike.
    ///
    /// With k blocks of r values a side, what blocks have in common drops out: the residual has
    /// 2 k r - k - 1 degrees of freedom (3 k - 1 for r = 2). Where side x block is significant at 1 %, its mean square
    /// with k - 1 degrees of freedom is the error instead, as for any random block (Montgomery, "Design and Analysis of
    /// Experiments", the two-factor mixed model).
    pub fn of(blocks: &[[Vec<f64>; 2]]) -> Option<Self> {
        let each = blocks.first()?[0].len();
        let alike = |block: &[Vec<f64>; 2]| block.iter().all(|side| side.len() == each);
        if blocks.len() < 2 || each == 0 || !blocks.iter().all(alike) {
            return None;
        }
        let (count, each) = (blocks.len() as f64, each as f64);
        let differences: Vec<f64> = blocks.iter().map(|[a, b]| mean(b) - mean(a)).collect();
        let shift = mean(&differences);
        let apart: f64 = differences.iter().map(|d| (d - shift).powi(2)).sum();
        let interaction = each / 2.0 * apart;
        let within: f64 = blocks.iter().flatten().map(|cell| squares(cell)).sum();
        let freedom = (count - 1.0, 2.0 * count * (each - 1.0));
        let interacts = freedom.1 > 0.0 && {
            let ratio = (interaction / freedom.0) / (within / freedom.1);
            // Where nothing differs within blocks, any difference between them is more.
            ratio.is_finite() && fisher_sf(ratio, freedom.0, freedom.1) < INTERACTS
                || within == 0.0 && interaction > 0.0
        };
        let residual = if interacts {
            Variance {
                value: interaction / freedom.0,
                freedom: freedom.0,
            }
        } else {
            Variance {
                value: (interaction + within) / (freedom.0 + freedom.1),
                freedom: freedom.0 + freedom.1,
            }
        };
        Some(Self {
            shift,
            residual,
            error: residual.scaled(2.0 / (count * each)),
            interacts,
        })
    }
}

/// The squares about the mean.
fn squares(values: &[f64]) -> f64 {
    let centre = mean(values);
    values.iter().map(|value| (value - centre).powi(2)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(a: f64, b: f64) -> bool {
        (a - b).abs() <= 1e-12 * b.abs().max(1e-12)
    }

    #[test]
    fn what_blocks_have_in_common_drops_out() {
        let block = |at: f64| [vec![at, at + 1.0], vec![at + 3.0, at + 4.0]];
        let shift = BlockShift::of(&[block(0.0), block(100.0), block(-7.0)]).expect("three blocks");
        assert!(near(shift.shift, 3.0));
        // Within each of six cells the squares are 1/2; nothing else differs.
        assert!(near(shift.residual.value, 3.0 / 8.0));
        assert!(near(shift.residual.freedom, 8.0));
        assert!(near(shift.error.value, 3.0 / 8.0 / 3.0));
        assert!(!shift.interacts);
    }

    #[test]
    fn a_difference_that_changes_from_block_to_block_has_few_degrees_of_freedom() {
        let block = |by: f64| [vec![0.0, 0.01], vec![by, by + 0.01]];
        let blocks: Vec<_> = [1.0, 3.0, -2.0, 4.0].into_iter().map(block).collect();
        let shift = BlockShift::of(&blocks).expect("four blocks");
        assert!(shift.interacts);
        assert!(near(shift.residual.freedom, 3.0));
        assert!(near(shift.shift, 1.5));
    }

    #[derive(serde::Deserialize)]
    struct Table {
        rows: Vec<Row>,
    }

    #[derive(serde::Deserialize)]
    struct Row {
        values: Vec<[Vec<f64>; 2]>,
        shift: f64,
        error: f64,
        freedom: f64,
        interacts: bool,
    }

    /// `tests/tables/make_blocks.py` made the values by least squares and SciPy's F.
    #[test]
    fn two_hundred_designs_have_the_values_of_nested_linear_models() {
        let text = include_str!("../../tests/tables/blocks.json");
        let table: Table = serde_json::from_str(text).expect("the table");
        assert_eq!(table.rows.len(), 200);
        let close = |a: f64, b: f64| (a - b).abs() <= 1e-9 * b.abs();
        for (number, row) in table.rows.iter().enumerate() {
            let found = BlockShift::of(&row.values).expect("a shift");
            assert_eq!(found.interacts, row.interacts, "{number}");
            assert!(close(found.error.value, row.error), "{number}");
            assert!(close(found.error.freedom, row.freedom), "{number}");
            // A shift near 0 is a difference of numbers near 5.
            assert!((found.shift - row.shift).abs() < 1e-13, "{number}");
        }
    }

    #[test]
    fn blocks_that_are_not_alike_have_no_shift() {
        let whole = [vec![1.0, 2.0], vec![1.0, 2.0]];
        let short = [vec![1.0], vec![1.0, 2.0]];
        assert_eq!(BlockShift::of(&[]), None);
        assert_eq!(BlockShift::of(std::slice::from_ref(&whole)), None);
        assert_eq!(BlockShift::of(&[whole, short]), None);
        let empty = [Vec::new(), Vec::new()];
        assert_eq!(BlockShift::of(&[empty.clone(), empty]), None);
    }
}
