//! The suite whose history is told: its name, and what its manifest says of renamed workloads and tags.

use std::collections::BTreeMap;
use std::path::Path;

use crate::baseline::Renamed;
use crate::cli::{Exit, Fault, suites};
use crate::id::Name;
use crate::manifest::{self, Suite};
use crate::store;

/// A suite and what its manifest adds to its baselines.
#[derive(Debug)]
pub struct Subject {
    /// The name.
    pub name: Name,
    /// New names of workloads by the old ones.
    pub renamed: Renamed,
    /// Tags by workload.
    pub tags: BTreeMap<String, Vec<Name>>,
}

impl Subject {
    /// The suite that `word` names for someone who works in the folder `here`: a manifest, or the name of one below
    /// `suites`; a suite without a manifest has its baselines alone. `Err` within holds the exit after a manifest's
    /// mistakes were shown.
    pub fn resolve(word: &str, here: &Path) -> Result<Result<Self, Exit>, Fault> {
        let path = Path::new(word);
        if path.is_file() {
            return Ok(suites::load(path).map(|suite| Self::of(&suite)));
        }
        let Ok(name) = Name::new(word) else {
            let message = format!("{word:?} is neither a file nor a suite's name");
            return Err(Fault::new(Exit::Input, message)
                .hint("`warpmark baseline show` lists the suites that have baselines"));
        };
        let subject = in_suites(&name, here)?;
        Ok(Ok(subject.unwrap_or_else(|| Self {
            name,
            renamed: Renamed::new(),
            tags: BTreeMap::new(),
        })))
    }

    fn of(suite: &Suite) -> Self {
        let workloads = suite.workloads.iter();
        let tags = workloads.map(|workload| (workload.name.to_string(), workload.tags.clone()));
        Self {
            name: suite.name.clone(),
            renamed: suite.renamed(),
            tags: tags.collect(),
        }
    }
}

/// The suite `name` among the manifests below `suites` in the root of the work tree; those with mistakes are passed
/// over, since `check` is there to tell them.
fn in_suites(name: &Name, here: &Path) -> Result<Option<Subject>, Fault> {
    let root = store::root_for(here);
    let folder = root.parent().unwrap_or(here).join("suites");
    if !folder.is_dir() {
        return Ok(None);
    }
    for path in manifest::find(&folder)? {
        let is_it = manifest::is_suite(&path)
            && manifest::examine(&path).is_ok_and(|examined| examined.name() == Some(name));
        if is_it && let Ok(suite) = manifest::load(&path) {
            return Ok(Some(Subject::of(&suite)));
        }
    }
    Ok(None)
}
