//! A kernel and its launch at a point, within the device's limits.

use super::argument::argument;
use super::evaluator::Evaluator;
use super::library::library;
use super::tensor_map::with_tensor_maps;
use crate::manifest::{Formula, Kernel, VerifyFormula};
use crate::plan::case::{Argument, KernelTask, Verify};
use crate::units::Bytes;

/// The launch; `None` after noting what is wrong with it.
pub(super) fn kernel(kernel: &Kernel, evaluator: &mut Evaluator<'_>) -> Option<KernelTask> {
    let before = evaluator.found.len();
    let grid = grid(&kernel.grid, evaluator);
    let block = block(&kernel.block, evaluator);
    let cluster = match &kernel.cluster {
        Some(cluster) => Some(self::cluster(cluster, grid, evaluator)?),
        None => None,
    };
    let most = evaluator.facts.max_shared;
    let shared = match &kernel.shared {
        Some(shared) => evaluator.bounded(shared, "`shared`", (0, most)),
        None => Some(0),
    };
    let formulas = kernel.args.iter().enumerate();
    let args: Vec<_> = formulas
        .map(|(index, formula)| argument(formula, index, evaluator))
        .collect();
    let args = with_tensor_maps(&kernel.args, &args, evaluator);
    memory(kernel, &args, evaluator);
    let verify = verify(&kernel.verify, (grid, block), evaluator);
    let defines: Vec<(String, String)> = kernel
        .defines
        .iter()
        .filter_map(|(name, formula)| Some((name.clone(), evaluator.text(formula)?)))
        .collect();
    let options = kernel
        .options
        .iter()
        .map(|option| evaluator.template(option))
        .collect();
    let library = match &kernel.library {
        Some(formula) => Some(library(formula, &kernel.args, &args, evaluator)?),
        None => None,
    };
    let task = KernelTask {
        library,
        source: kernel.source.clone(),
        source_name: kernel.source_name.clone(),
        entry: evaluator.template(&kernel.entry),
        options,
        defines,
        include: kernel.include.clone(),
        grid: grid?,
        block: block?,
        cluster,
        cooperative: kernel.cooperative,
        shared: shared?,
        args,
        verify: verify?,
    };
    (evaluator.found.len() == before).then_some(task)
}

/// Blocks in x, y and z.
fn grid(formulas: &[Formula], evaluator: &mut Evaluator<'_>) -> Option<[u64; 3]> {
    let most = evaluator.facts.max_grid;
    extent(formulas, "grid", most, evaluator)
}

/// Threads in x, y and z, and not too many in all.
fn block(formulas: &[Formula], evaluator: &mut Evaluator<'_>) -> Option<[u32; 3]> {
    let most = evaluator.facts.max_block.map(u64::from);
    let block = extent(formulas, "block", most, evaluator)?;
    let threads = block
        .iter()
        .fold(1_u64, |product, size| product.saturating_mul(*size));
    let limit = u64::from(evaluator.facts.max_threads);
    if threads > limit {
        let message = format!("the block has {threads} threads");
        let place = formulas.first()?.place;
        evaluator.mistake(
            message,
            place,
            format!("{} allows {limit}", evaluator.facts.name),
        );
        return None;
    }
    let narrow = |size: u64| u32::try_from(size).ok();
    Some([narrow(block[0])?, narrow(block[1])?, narrow(block[2])?])
}

/// Blocks of a cluster: each size divides the grid's.
fn cluster(
    formulas: &[Formula],
    grid: Option<[u64; 3]>,
    evaluator: &mut Evaluator<'_>,
) -> Option<[u32; 3]> {
    /// The largest cluster that every GPU with clusters takes (CUDA C++ Programming Guide, "Thread Block Clusters").
    const MOST: u64 = 16;
    let cluster = extent(formulas, "cluster", [MOST; 3], evaluator)?;
    let blocks: u64 = cluster.iter().product();
    let place = formulas.first()?.place;
    if blocks > MOST {
        let help = format!("it may have {MOST}");
        evaluator.mistake(format!("the cluster has {blocks} blocks"), place, help);
    }
    let grid = grid?;
    if let Some(axis) = (0..3).find(|axis| grid[*axis] % cluster[*axis] != 0) {
        let message = format!(
            "a grid of {} blocks has no whole clusters of {}",
            grid[axis], cluster[axis]
        );
        evaluator.mistake(message, place, "make the grid a multiple of the cluster");
    }
    let narrow = |size: u64| u32::try_from(size).ok();
    Some([
        narrow(cluster[0])?,
        narrow(cluster[1])?,
        narrow(cluster[2])?,
    ])
}

fn extent(
    formulas: &[Formula],
    what: &str,
    most: [u64; 3],
    evaluator: &mut Evaluator<'_>,
) -> Option<[u64; 3]> {
    let mut extent = [1; 3];
    let mut sound = true;
    for (axis, formula) in formulas.iter().enumerate().take(3) {
        let name = format!("`{what}` in {}", ["x", "y", "z"][axis]);
        match evaluator.bounded(formula, &name, (1, most[axis])) {
            Some(size) => extent[axis] = size,
            None => sound = false,
        }
    }
    sound.then_some(extent)
}

/// Whether the buffers fit the device's memory together.
fn memory(kernel: &Kernel, args: &[Argument], evaluator: &mut Evaluator<'_>) {
    let bytes = args.iter().fold(0_u64, |sum, argument| match argument {
        Argument::Buffer(buffer) => sum.saturating_add(buffer.bytes()),
        Argument::TensorMap(_) | Argument::Scalar(_) => sum,
    });
    let there = evaluator.facts.memory;
    if bytes > there {
        let message = format!("the buffers take {}", Bytes(bytes));
        let help = format!(
            "{} has {}: make them smaller, or `skip` such points",
            evaluator.facts.name,
            Bytes(there)
        );
        let place = kernel
            .args
            .first()
            .map_or(kernel.place, |argument| argument.place);
        evaluator.mistake(message, place, help);
    }
}

fn verify(
    formula: &VerifyFormula,
    (grid, block): (Option<[u64; 3]>, Option<[u32; 3]>),
    evaluator: &mut Evaluator<'_>,
) -> Option<Verify> {
    match formula {
        VerifyFormula::None => Some(Verify::None),
        VerifyFormula::Npy {
            path,
            argument,
            tolerance,
        } => Some(Verify::Npy {
            path: path.clone(),
            argument: *argument,
            absolute: tolerance.absolute,
            relative: tolerance.relative,
        }),
        VerifyFormula::Reference {
            entry,
            grid: own_grid,
            block: own_block,
            tolerance,
        } => Some(Verify::Reference {
            entry: evaluator.template(entry),
            grid: match own_grid {
                Some(formulas) => self::grid(formulas, evaluator)?,
                None => grid?,
            },
            block: match own_block {
                Some(formulas) => self::block(formulas, evaluator)?,
                None => block?,
            },
            absolute: tolerance.absolute,
            relative: tolerance.relative,
        }),
    }
}
