//! Pins a GPU's clocks, and gives them back whatever happens.
//!
//! A suite's policy becomes an [`Intent`] that this GPU can have; [`pin`] sets it and gives a [`Guard`]. What is set
//! stands in a journal before it is set, so that a watchdog process, or the next warpmark, can give it back where the
//! guard had no chance to. The changes themselves are calls of `device::cuda::nvml::apply`, which `WARPMARK_CLOCKS`
//! forbids. Nothing here prints.

mod guard;
mod intent;
pub mod journal;
mod load;
mod pin;
mod place;
mod restore;
mod status;
mod steward;
mod trouble;
mod watch;
mod watchdog;

pub use guard::{Guard, release_all};
pub use intent::{Intent, Limits};
pub use load::{Subject as LoadSubject, VERB as LOAD_VERB, keep_busy};
pub use pin::{Order, Pinned, facts_of, pin};
pub use restore::{Recovered, recover, recover_locked};
pub use status::{GpuStatus, Standing, status_of_all};
pub use steward::Steward;
pub use trouble::Trouble;
pub use watch::{Held, Watch};
pub use watchdog::{VERB as WATCHDOG_VERB, watch};
