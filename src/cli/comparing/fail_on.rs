//! `--fail-on`: what beside regressions ends the program with a code of its own.

use clap::builder::EnumValueParser;
use clap::error::Error;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches, ValueEnum};

/// A word of `--fail-on`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FailWord {
    /// Suspect cases: 22; always
    Suspect,
    /// Inconclusive cases too: 22
    Inconclusive,
    /// Missed goals: 23
    Goal,
}

/// What was asked for; suspect cases always fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FailOn(u8);

impl FailOn {
    /// What fails where nothing is said.
    pub const SUSPECT: Self = Self(0).and(FailWord::Suspect);

    /// The same, and this word.
    #[must_use]
    pub const fn and(self, word: FailWord) -> Self {
        Self(self.0 | 1 << word as u8)
    }

    /// Whether this word was given.
    pub const fn asks(self, word: FailWord) -> bool {
        self.0 & 1 << word as u8 != 0
    }
}

const ID: &str = "fail_on";

impl FromArgMatches for FailOn {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let words = matches.get_many::<FailWord>(ID).into_iter().flatten();
        Ok(words.fold(Self::default(), |all, word| all.and(*word)))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Args for FailOn {
    fn augment_args(command: Command) -> Command {
        command.arg(
            Arg::new(ID)
                .long("fail-on")
                .value_name("WHAT")
                .help("What fails beside regressions; several with commas between, or again")
                .value_parser(EnumValueParser::<FailWord>::new())
                .value_delimiter(',')
                .action(ArgAction::Append)
                .default_value("suspect"),
        )
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_words_are_taken_together() {
        let asked = |given: &[&str]| {
            let command = FailOn::augment_args(Command::new("x").no_binary_name(true));
            let matches = command.try_get_matches_from(given).ok()?;
            let found = FailOn::from_arg_matches(&matches).ok()?;
            Some((
                found.asks(FailWord::Inconclusive),
                found.asks(FailWord::Goal),
            ))
        };
        let table: [(&[&str], _); 7] = [
            (&[], Some((false, false))),
            (&["--fail-on", "suspect"], Some((false, false))),
            (&["--fail-on", "inconclusive"], Some((true, false))),
            (&["--fail-on=goal"], Some((false, true))),
            (&["--fail-on", "goal,inconclusive"], Some((true, true))),
            (
                &["--fail-on", "goal", "--fail-on", "inconclusive"],
                Some((true, true)),
            ),
            (&["--fail-on", "goals"], None),
        ];
        for (given, expected) in table {
            assert_eq!(asked(given), expected, "{given:?}");
        }
    }
}
