//! Exit codes, and errors that carry one.

use std::fmt;
use std::process::ExitCode;

/// How warpmark ends; the numbers are documented and stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// 0: all ran, nothing regressed.
    Success,
    /// 2: the command line is wrong.
    Usage,
    /// 3: a manifest or other input is wrong.
    Input,
    /// 4: no case selected.
    NothingSelected,
    /// 5: the device or environment can't serve.
    Environment,
    /// 10: a case failed.
    CaseFailed,
    /// 20: a case regressed.
    Regressed,
    /// 21: nothing could be compared, or too many cases were incomparable.
    Incomparable,
    /// 22: suspect; also inconclusive, where asked.
    Suspect,
    /// 23: a goal is missed, where asked.
    GoalMissed,
    /// 24: a case of the baseline is missing.
    Missing,
    /// 25: a case crept away from its anchor.
    Crept,
    /// 70: a fault of warpmark's own.
    Internal,
    /// 128 and the signal's number: interrupted after everything was saved.
    Signal(u8),
}

impl Exit {
    /// The process' exit code.
    pub fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Usage => 2,
            Self::Input => 3,
            Self::NothingSelected => 4,
            Self::Environment => 5,
            Self::CaseFailed => 10,
            Self::Regressed => 20,
            Self::Incomparable => 21,
            Self::Suspect => 22,
            Self::GoalMissed => 23,
            Self::Missing => 24,
            Self::Crept => 25,
            Self::Internal => 70,
            Self::Signal(number) => 128_u8.saturating_add(number),
        }
    }
}

impl Exit {
    /// Which of two endings the program's code names: the first of 70, a signal, 2 to 5, 10, 20, 25, 22, 21, 24, 23,
    /// 0.
    #[must_use]
    pub fn before(self, other: Self) -> Self {
        if self.rank() <= other.rank() {
            self
        } else {
            other
        }
    }

    /// The place in the order of precedence.
    fn rank(self) -> u8 {
        match self {
            Self::Internal => 0,
            Self::Signal(_) => 1,
            Self::Usage => 2,
            Self::Input => 3,
            Self::NothingSelected => 4,
            Self::Environment => 5,
            Self::CaseFailed => 6,
            Self::Regressed => 7,
            Self::Crept => 8,
            Self::Suspect => 9,
            Self::Incomparable => 10,
            Self::Missing => 11,
            Self::GoalMissed => 12,
            Self::Success => 13,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// An error that says how the program ends and what the user can do.
///
/// Verbs return `anyhow::Result<Exit>`; an error without a `Fault` in its chain is warpmark's own (70).
#[derive(Debug)]
pub struct Fault {
    /// How the program ends.
    pub exit: Exit,
    /// What is wrong: a lower-case fragment that names the thing.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl Fault {
    /// A fault without a hint.
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self {
            exit,
            message: message.into(),
            hint: None,
        }
    }

    /// The same with a hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Fault {}

/// Prints `error`, its causes and its hint to standard error, and says how the program ends.
pub fn report(error: &anyhow::Error) -> Exit {
    use anstyle::{AnsiColor, Style};
    let red = Style::new().bold().fg_color(Some(AnsiColor::Red.into()));
    let cyan = Style::new().bold().fg_color(Some(AnsiColor::Cyan.into()));
    let fault = error.downcast_ref::<Fault>();
    anstream::eprintln!("{red}error{red:#}: {error}");
    for cause in error.chain().skip(1) {
        anstream::eprintln!("  because: {cause}");
    }
    if let Some(hint) = fault.and_then(|fault| fault.hint.as_deref()) {
        anstream::eprintln!("{cyan}hint{cyan:#}: {hint}");
    }
    fault.map_or(Exit::Internal, |fault| fault.exit)
}
