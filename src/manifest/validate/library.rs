//! Libraries: which parameters a call takes, and how its output is checked.

use super::arguments::arguments;
use super::context::{Context, Sort};
use super::kernel::{verify, verify_source};
use super::workload::{flag, formula};
use crate::diagnostic::Place;
use crate::manifest::formula::{Formula, Template};
use crate::manifest::wire::{At, Field, LibraryWord, VerifyWire, WithTable, WorkloadTable};
use crate::manifest::words::LibraryName;
use crate::manifest::workload::{
    ArgumentFormula, Kernel, LibraryFormula, Tolerance, VerifyFormula,
};

/// The parameters that a call takes; the first so many must be there.
fn parameters(name: LibraryName) -> (&'static [&'static str], usize) {
    match name {
        LibraryName::CublasLtMatmul => (&["m", "n", "k", "compute", "fast-accumulation"], 3),
        LibraryName::CublasGemm => (&["m", "n", "k", "compute"], 3),
        LibraryName::Memcpy => (&["from", "to", "memory"], 0),
        LibraryName::Memset => (&["value"], 0),
    }
}

/// The library's call of a workload; `None` where its parameters have a mistake.
pub(super) fn library(
    workload: &WorkloadTable,
    word: &At<LibraryWord>,
    (axes, graph): (&[&str], Option<Place>),
    context: &mut Context<'_>,
) -> Option<Kernel> {
    let name = match word.value {
        LibraryWord::CublasLtMatmul => LibraryName::CublasLtMatmul,
        LibraryWord::CublasGemm => LibraryName::CublasGemm,
        LibraryWord::Memcpy => LibraryName::Memcpy,
        LibraryWord::Memset => LibraryName::Memset,
    };
    let call = call(workload, (name, word.place, graph), axes, context);
    let args = arguments(&workload.args, axes, context);
    let place = word.place;
    let (verify, source) = match name {
        LibraryName::Memcpy | LibraryName::Memset => {
            (by_itself(&workload.verify, name, context), None)
        }
        LibraryName::CublasLtMatmul | LibraryName::CublasGemm => {
            by_kernel(workload, &args, axes, context)
        }
    };
    let entry = match (&verify, &source) {
        (VerifyFormula::Reference { entry, .. }, Some(_)) => entry.clone(),
        _ => nothing(place),
    };
    let source = source.unwrap_or_default();
    Some(Kernel {
        library: Some(call?),
        source_name: context.repository_name(&source),
        source,
        entry,
        options: Vec::new(),
        defines: Vec::new(),
        include: Vec::new(),
        grid: Vec::new(),
        block: Vec::new(),
        cluster: None,
        cooperative: false,
        shared: None,
        args,
        verify,
        place,
    })
}

fn nothing(place: Place) -> Template {
    Template {
        parts: Vec::new(),
        place,
    }
}

/// The call with the parameters of `with`: those that it must have, and no others.
fn call(
    workload: &WorkloadTable,
    (name, place, graph): (LibraryName, Place, Option<Place>),
    axes: &[&str],
    context: &mut Context<'_>,
) -> Option<LibraryFormula> {
    let none = WithTable::default();
    let with = workload.with.get().map_or(&none, |at| &at.value);
    let (known, needed) = parameters(name);
    for (key, at) in given(with) {
        if !known.contains(&key) {
            let message = format!("{} has no parameter `{key}`", name.name());
            context.mistake(message, at, format!("its own are {}", known.join(", ")));
        }
    }
    let given: Vec<&str> = given(with).into_iter().map(|(key, _)| key).collect();
    let missing = known.iter().take(needed).filter(|key| !given.contains(key));
    let missing: Vec<&str> = missing.copied().collect();
    if !missing.is_empty() && !with.flawed {
        let message = format!("{} lacks {}", name.name(), missing.join(", "));
        let help = "write with = { m = \"size\", n = \"size\", k = \"size\" }: C has m rows of n elements, A and B rows of k";
        context.mistake(message, place, help);
    }
    let sizes = [&with.m, &with.n, &with.k].map(|field| formula(field, axes, context));
    let mut template = |field: &Field<Template>| {
        let at = field.get()?;
        context.placeholders(&at.value, axes, false);
        Some(at.value.clone())
    };
    let [compute, from, to, memory] =
        [&with.compute, &with.from, &with.to, &with.memory].map(&mut template);
    let sizes: Vec<Formula> = sizes.into_iter().flatten().collect();
    (sizes.len() == needed).then(|| LibraryFormula {
        name,
        sizes,
        compute,
        fast_accumulation: flag(&with.fast_accumulation, false),
        from,
        to,
        memory,
        value: formula(&with.value, axes, context),
        graph,
        place,
    })
}

/// The parameters that are there, and where.
fn given(with: &WithTable) -> Vec<(&'static str, Place)> {
    let places = [
        ("m", with.m.get().map(|at| at.place)),
        ("n", with.n.get().map(|at| at.place)),
        ("k", with.k.get().map(|at| at.place)),
        ("compute", with.compute.get().map(|at| at.place)),
        (
            "fast-accumulation",
            with.fast_accumulation.get().map(|at| at.place),
        ),
        ("from", with.from.get().map(|at| at.place)),
        ("to", with.to.get().map(|at| at.place)),
        ("memory", with.memory.get().map(|at| at.place)),
        ("value", with.value.get().map(|at| at.place)),
    ];
    places
        .into_iter()
        .filter_map(|(key, place)| Some((key, place?)))
        .collect()
}

/// Copies and sets are compared with their input, exactly, unless the workload says `verify = "none"`.
fn by_itself(
    field: &Field<VerifyWire>,
    name: LibraryName,
    context: &mut Context<'_>,
) -> VerifyFormula {
    match field.get() {
        Some(at) if matches!(at.value, VerifyWire::None) => VerifyFormula::None,
        Some(at) => {
            let help = "leave it out: what it writes is compared with what it should be, exactly";
            let message = format!("{} needs no reference", name.name());
            context.mistake(message, at.place, help);
            VerifyFormula::None
        }
        None => VerifyFormula::Reference {
            entry: nothing(Place::new(0, 0..0)),
            grid: None,
            block: None,
            tolerance: Tolerance::default(),
        },
    }
}

/// Products are compared with a plain kernel of a source, or with a file.
fn by_kernel(
    workload: &WorkloadTable,
    args: &[ArgumentFormula],
    axes: &[&str],
    context: &mut Context<'_>,
) -> (VerifyFormula, Option<std::path::PathBuf>) {
    let formula = verify(&workload.verify, args, axes, context);
    let named = verify_source(&workload.verify);
    let place = workload.verify.get().map(|at| at.place);
    match (&formula, named, place) {
        (VerifyFormula::Reference { grid, block, .. }, Some(named), Some(place)) => {
            if grid.is_none() || block.is_none() {
                let help =
                    "add grid = [...] and block = [...] to `verify`: a library has none of its own";
                context.mistake("the reference has no grid or no block", place, help);
            }
            let source = context.existing(named, Sort::File, "the reference's source");
            (formula, Some(source))
        }
        (VerifyFormula::Reference { .. }, None, Some(place)) => {
            let help = "name the file of the reference kernel: source = \"../kernels/matmul.cu\"";
            context.mistake("`verify` names no source", place, help);
            (formula, None)
        }
        (VerifyFormula::Npy { .. } | VerifyFormula::None, Some(named), _) => {
            let help = "leave it out, or name a kernel in it: reference = \"...\"";
            context.mistake("no kernel of this source is used", named.place, help);
            (formula, None)
        }
        _ => (formula, None),
    }
}
