//! Why a suite has no plan.

use crate::diagnostic::Diagnostics;

/// Why a suite has no plan.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// Mistakes of the suite that only its points show: overflow, a grid beyond the device's limits, two cases of
    /// one id (exit 3).
    #[error("{} {}", .0.list().len(), if .0.list().len() == 1 { "mistake" } else { "mistakes" })]
    Invalid(Diagnostics),
    /// A filter or override that fits nothing it could mean (exit 2).
    #[error("{message}")]
    Usage {
        /// What is wrong.
        message: String,
        /// What to do.
        hint: String,
    },
    /// No case is left (exit 4).
    #[error("{message}")]
    Nothing {
        /// Why.
        message: String,
        /// What to do.
        hint: String,
    },
    /// The device lacks what the suite requires (exit 5).
    #[error("{message}")]
    Unmet {
        /// What is lacking.
        message: String,
        /// What to do.
        hint: String,
    },
}

impl PlanError {
    /// Everything for people, with ANSI colours if `color`; ends with a newline.
    pub fn render(&self, color: bool) -> String {
        match self {
            Self::Invalid(diagnostics) => diagnostics.render(color),
            Self::Usage { message, hint }
            | Self::Nothing { message, hint }
            | Self::Unmet { message, hint } => format!("error: {message}\nhint: {hint}\n"),
        }
    }
}
