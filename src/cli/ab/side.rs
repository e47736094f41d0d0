//! One side: the suite as it stands in a revision, or in the work tree.

use std::path::{Path, PathBuf};

use super::Options;
use crate::baseline::{Checkout, Revision};
use crate::cli::run::overrides::Overrides;
use crate::cli::run::subject::{Refused, Subject};
use crate::cli::{Exit, Fault, output};
use crate::device::Selector;
use crate::engine::EACH;
use crate::plan::{Argument, Case, Fill, Task, Verify};
use crate::record::GitState;

/// What a side consists of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// The files of a revision.
    Revision(String),
    /// The files as they lie there now.
    WorkTree,
}

/// One side, ready to be compiled.
pub struct Side {
    /// The suite with its device and plan.
    pub subject: Subject,
    /// The revision's files; none for the work tree.
    pub checkout: Option<Checkout>,
    /// The overrides that the user gave, beside those that make both sides alike.
    pub given: Overrides,
}

impl Side {
    /// Loads the suite at `path` of the work tree as `content` has it; `like` holds device and seed of the other side.
    /// `Err` is the exit after the suite's mistakes were shown.
    pub fn load(
        content: &Content,
        path: &Path,
        (place, options, like): (&Path, &Options, Option<(Selector, u64)>),
    ) -> anyhow::Result<Result<Self, Exit>> {
        let given = options.given();
        let overrides = Overrides {
            device: like.map(|(device, _)| device).or(given.device),
            processes: Some(EACH * options.blocks),
            seed: like.map(|(_, seed)| seed).or(given.seed),
            ..given.clone()
        };
        let (checkout, path) = match content {
            Content::WorkTree => (None, path.to_owned()),
            Content::Revision(name) => {
                let revision = Revision::find(inside_folder(path), name).map_err(Fault::from)?;
                let checkout = Checkout::of(&revision, place).map_err(Fault::from)?;
                let suite = checkout.root().join(inside(&revision, path)?);
                (Some(checkout), suite)
            }
        };
        if let Some(checkout) = &checkout {
            absent(checkout, &path)?;
        }
        let subject = match Subject::load(&path, &overrides)? {
            Ok(subject) => subject,
            Err(Refused(exit)) => return Ok(Err(exit)),
        };
        let side = Self {
            subject,
            checkout,
            given,
        };
        side.lacks_nothing()?;
        Ok(Ok(side))
    }

    /// The side in a few words: `4434a53 (HEAD~1)`, `the work tree`.
    pub fn name(&self) -> String {
        match &self.checkout {
            None => "the work tree".to_owned(),
            Some(checkout) => match &checkout.commit {
                Some(commit) => {
                    let short: String = commit.chars().take(7).collect();
                    format!("{short} ({})", checkout.name)
                }
                None => checkout.name.clone(),
            },
        }
    }

    /// The state of git that a record of this side notes, where it isn't that of the work tree.
    pub fn git(&self) -> Option<GitState> {
        let checkout = self.checkout.as_ref()?;
        Some(GitState {
            commit: checkout.commit.clone(),
            branch: None,
            dirty: Vec::new(),
        })
    }

    /// Fails where a case needs a file that the repository doesn't hold.
    fn lacks_nothing(&self) -> Result<(), Fault> {
        let Some(checkout) = &self.checkout else {
            return Ok(());
        };
        let root = checkout.root().canonicalize();
        let root = root.unwrap_or_else(|_| checkout.root().to_owned());
        for case in &self.subject.plan.cases {
            for file in files_of(case) {
                let inside = file
                    .strip_prefix(&root)
                    .or_else(|_| file.strip_prefix(checkout.root()));
                if let Some(absent) = inside.ok().and_then(|path| checkout.lacks(path)) {
                    let message = format!("{} at {}: {absent}", case.id, checkout.name);
                    return Err(Fault::new(Exit::Input, message)
                        .hint("leave the case out with -f '!...', or keep the file in the repository itself"));
                }
            }
        }
        Ok(())
    }
}

/// Names submodules, which a kernel may include from, and refuses a suite that is itself absent.
fn absent(checkout: &Checkout, suite: &Path) -> Result<(), Fault> {
    if suite.exists() {
        for absent in &checkout.absent {
            output::warn(&format!("at {}, {absent}", checkout.name));
        }
        return Ok(());
    }
    let path = suite.strip_prefix(checkout.root()).unwrap_or(suite);
    let message = match checkout.lacks(path) {
        Some(absent) => format!("at {}, {absent}", checkout.name),
        None => format!("there is no {} at {}", path.display(), checkout.name),
    };
    Err(Fault::new(Exit::Input, message)
        .hint("both revisions must have the suite, at the same path"))
}

/// The files of the repository that a case names.
fn files_of(case: &Case) -> Vec<&Path> {
    let Task::Kernel(task) = &case.task else {
        return Vec::new();
    };
    let mut files = vec![task.source.as_path()];
    for argument in &task.args {
        if let Argument::Buffer(buffer) = argument
            && let Fill::Npy(path) = &buffer.fill
        {
            files.push(path);
        }
    }
    if let Verify::Npy { path, .. } = &task.verify {
        files.push(path);
    }
    files
}

/// The nearest folder above `path` that exists.
pub fn inside_folder(path: &Path) -> &Path {
    let folder = path.ancestors().skip(1).find(|folder| folder.is_dir());
    folder.unwrap_or(Path::new("."))
}

/// The suite's path in the repository's tree.
fn inside(revision: &Revision, path: &Path) -> Result<PathBuf, Fault> {
    let outside = || {
        let message = format!("{} lies in no work tree", path.display());
        Fault::new(Exit::Usage, message)
            .hint("name the suite by its path in the repository's work tree")
    };
    let root = revision.repository().workdir().ok_or_else(outside)?;
    let root = root.canonicalize().map_err(|_| outside())?;
    let folder = inside_folder(path);
    let rest = path.strip_prefix(folder).unwrap_or(path);
    let folder = folder.canonicalize().map_err(|_| outside())?;
    let whole = folder.join(rest);
    whole
        .strip_prefix(&root)
        .map(Path::to_owned)
        .map_err(|_| outside())
}
