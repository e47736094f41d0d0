//! The noise model of a device, as `calibrate` measured it: stored in the reviewed file, used in place of the defaults.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::reviewed::Reviewed;
use super::{BaselineError, Source, load};
use crate::files;
use crate::id::Name;
use crate::record::Environment;
use crate::verdict::NoiseModel;

/// A noise model and where it comes from.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct MeasuredNoise {
    /// The part of the spread between processes that doesn't grow with the duration, in nanoseconds.
    pub additive_ns: f64,
    /// The part that does, as a share.
    pub relative: f64,
    /// The degrees of freedom that the model is worth.
    pub freedom: f64,
    /// When it was measured.
    pub measured: jiff::Timestamp,
    /// From how many processes.
    pub processes: u32,
    /// On how many cards.
    pub cards: u32,
}

/// A value of a model that can't be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{key} is {value}: {allowed}")]
pub struct NoiseError {
    /// The key in the file.
    pub key: &'static str,
    value: String,
    allowed: &'static str,
}

impl MeasuredNoise {
    /// The model, for verdicts.
    pub fn model(&self) -> NoiseModel {
        NoiseModel {
            additive_ns: self.additive_ns,
            relative: self.relative,
            freedom: self.freedom,
            ..NoiseModel::CUDA
        }
    }

    /// The first value that can't be, if there is one.
    pub fn check(&self) -> Result<(), NoiseError> {
        let wrong = |key, value: &dyn ToString, allowed| {
            Err(NoiseError {
                key,
                value: value.to_string(),
                allowed,
            })
        };
        if !(0.0..=1e9).contains(&self.additive_ns) {
            wrong(
                "additive-ns",
                &self.additive_ns,
                "it lies between 0 and 1e9",
            )
        } else if !(0.0..=1.0).contains(&self.relative) {
            wrong("relative", &self.relative, "it lies between 0 and 1")
        } else if self.additive_ns == 0.0 && self.relative == 0.0 {
            wrong(
                "relative",
                &self.relative,
                "it is above 0 where additive-ns is 0",
            )
        } else if !(1.0..=1e6).contains(&self.freedom) {
            wrong("freedom", &self.freedom, "it lies between 1 and 1e6")
        } else if self.processes < 2 {
            wrong("processes", &self.processes, "it is 2 or more")
        } else if self.cards == 0 {
            wrong("cards", &self.cards, "it is 1 or more")
        } else {
            Ok(())
        }
    }

    /// Whether kernels of `device` (as in a reviewed file: `cuda`) have a noise model: on the CPU, each case has its
    /// own variance.
    pub fn is_for(device: &str) -> bool {
        matches!(device, "cuda" | "mock")
    }
}

/// Stores `noise` with the baseline of `suite` for the machine of `environment` in `folder`, and gives the file; where
/// there is none yet, one without cases is begun. `device` is that of a record: `cuda:0`.
///
/// Fails for values that can't be, and for a device that has no model.
pub fn save_noise(
    folder: &Path,
    suite: &Name,
    device: &str,
    environment: &Environment,
    noise: MeasuredNoise,
) -> Result<PathBuf, BaselineError> {
    let mut reviewed = present(folder, suite, device, environment)?;
    if !MeasuredNoise::is_for(&reviewed.device) {
        return Err(BaselineError::NoModel {
            device: reviewed.device,
        });
    }
    noise.check()?;
    reviewed.noise = Some(noise);
    let suite = folder.join(suite.as_str());
    files::create_folder(&suite)?;
    let path = suite.join(reviewed.file_name());
    files::write_atomically(&path, reviewed.to_text().as_bytes())?;
    Ok(path)
}

/// The reviewed file of `suite` for the machine of `environment` as it stands, or an empty one.
pub(super) fn present(
    folder: &Path,
    suite: &Name,
    device: &str,
    environment: &Environment,
) -> Result<Reviewed, BaselineError> {
    let source = Source::Folder(folder.to_owned());
    let existing = load(&source, suite)?
        .into_iter()
        .find(|reviewed| reviewed.key == environment.key);
    let device = device.split(':').next().unwrap_or_default();
    Ok(existing.unwrap_or_else(|| Reviewed::new(suite.clone(), device.to_owned(), environment)))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn noise() -> MeasuredNoise {
        MeasuredNoise {
            additive_ns: 55.0,
            relative: 0.0004,
            freedom: 63.0,
            measured: "2026-11-22T10:00:57Z".parse().expect("a time"),
            processes: 24,
            cards: 2,
        }
    }

    #[test]
    fn what_can_not_be_is_named() {
        type Change = fn(&mut MeasuredNoise);
        let table: [(Change, &str); 8] = [
            (
                |noise| noise.additive_ns = -1.0,
                "additive-ns is -1: it lies between 0 and 1e9",
            ),
            (
                |noise| noise.additive_ns = f64::NAN,
                "additive-ns is NaN: it lies between 0 and 1e9",
            ),
            (
                |noise| noise.relative = 1.5,
                "relative is 1.5: it lies between 0 and 1",
            ),
            (
                |noise| (noise.additive_ns, noise.relative) = (0.0, 0.0),
                "relative is 0: it is above 0 where additive-ns is 0",
            ),
            (
                |noise| noise.freedom = 0.5,
                "freedom is 0.5: it lies between 1 and 1e6",
            ),
            (
                |noise| noise.freedom = f64::INFINITY,
                "freedom is inf: it lies between 1 and 1e6",
            ),
            (
                |noise| noise.processes = 1,
                "processes is 1: it is 2 or more",
            ),
            (|noise| noise.cards = 0, "cards is 0: it is 1 or more"),
        ];
        for (change, expected) in table {
            let mut noise = noise();
            change(&mut noise);
            assert_eq!(
                noise.check().map_err(|error| error.to_string()),
                Err(expected.to_owned())
            );
        }
        assert_eq!(noise().check(), Ok(()));
    }

    #[test]
    fn a_model_is_stored_and_replaced() {
        let folder = tempfile::tempdir().expect("a folder");
        let suite = Name::new("memory").expect("a name");
        let environment = Environment {
            key: "ab".repeat(32),
            comparability: BTreeMap::new(),
            context: BTreeMap::new(),
        };
        let save =
            |device: &str, noise| save_noise(folder.path(), &suite, device, &environment, noise);
        for cards in [2, 3] {
            let file = save("cuda:1", MeasuredNoise { cards, ..noise() }).expect("saved");
            assert_eq!(file, folder.path().join("memory/cuda-abababababab.toml"));
            let source = Source::Folder(folder.path().to_owned());
            let all = load(&source, &suite).expect("a baseline");
            assert_eq!(all.len(), 1);
            assert_eq!(all[0].noise, Some(MeasuredNoise { cards, ..noise() }));
        }
        let wrong = MeasuredNoise {
            cards: 0,
            ..noise()
        };
        assert!(matches!(
            save("cuda:0", wrong),
            Err(BaselineError::Noise(_))
        ));
        let other = Environment {
            key: "cd".repeat(32),
            ..environment.clone()
        };
        let host = save_noise(folder.path(), &suite, "host", &other, noise());
        assert!(matches!(host, Err(BaselineError::NoModel { .. })));
    }
}
