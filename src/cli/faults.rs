//! What the lower layers' errors mean for the program's end.

use super::{Exit, Fault};
use crate::baseline::BaselineError;
use crate::files::FileError;
use crate::store::StoreError;

impl From<FileError> for Fault {
    fn from(error: FileError) -> Self {
        let exit = exit_of(&error);
        let message = format!("{error}: {}", error.source);
        Self::new(exit, message)
    }
}

/// What can't be read is wrong input; where nothing can be written, the environment can't serve.
fn exit_of(error: &FileError) -> Exit {
    match error.doing {
        "read" | "list" => Exit::Input,
        _ => Exit::Environment,
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        let hint = error.hint();
        let fault = match error {
            StoreError::File(error) => Self::from(error),
            other => Self::new(Exit::Input, other.to_string()),
        };
        Self { hint, ..fault }
    }
}

impl From<BaselineError> for Fault {
    fn from(error: BaselineError) -> Self {
        let hint = error.hint();
        let fault = match error {
            BaselineError::File(error) => Self::from(error),
            BaselineError::Store(error) => Self::from(error),
            error @ BaselineError::NothingAccepted { .. } => {
                Self::new(Exit::NothingSelected, error.to_string())
            }
            other => Self::new(Exit::Input, other.to_string()),
        };
        Self { hint, ..fault }
    }
}
