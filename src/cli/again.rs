//! Command lines that make a result again, as one pastes them into a shell.

use super::comparing::imported;
use super::run::overrides::Overrides;
use crate::id::CaseId;
use crate::record::Header;

/// One that measures a run again, and compares it with what the command line called `against`, perhaps to confirm it.
pub fn run(header: &Header, against: Option<&str>, confirms: bool) -> String {
    let mut words = measured(header, &header.filters);
    if let Some(base) = against {
        words.extend(["--compare", base]);
        words.extend(confirms.then_some("--confirm"));
    }
    line(&words)
}

/// One that measures a run again and reports it; of an imported one, that reports it.
pub fn report(header: &Header, against: Option<&str>) -> String {
    let mut words = vec!["warpmark", "report", latest(header)];
    words.extend(against.into_iter().flat_map(|base| ["--against", base]));
    after_run(header, &words)
}

/// One that measures a run again and compares it, perhaps to confirm that; of an imported one, that compares it.
pub fn compare(header: &Header, against: &str, confirms: bool) -> String {
    let mut words = vec!["warpmark", "compare", latest(header), "--against", against];
    words.extend(confirms.then_some("--confirm"));
    after_run(header, &words)
}

/// One that compares what the command line called `candidate`, which isn't measured again.
pub fn compare_as_it_is(candidate: &str, against: &str, suite: Option<&str>) -> String {
    let mut words = vec!["warpmark", "compare", candidate, "--against", against];
    words.extend(suite.into_iter().flat_map(|suite| ["--suite", suite]));
    line(&words)
}

/// One that measures a case again; of an imported one, that reports it.
pub fn case(header: &Header, id: &CaseId) -> String {
    if is_imported(header) {
        return report(header, None);
    }
    line(&measured(header, &[id.to_string()]))
}

/// One that measures two revisions in turns again: `words` are those of the command line, and so is the number of
/// `blocks`, where it has one.
pub fn ab(words: &[&str], blocks: Option<u32>, given: &Overrides) -> String {
    let blocks = blocks.map(|blocks| blocks.to_string());
    let mut all = [&["warpmark", "ab"], words].concat();
    all.extend(blocks.iter().flat_map(|blocks| ["--blocks", blocks]));
    let overrides = given.as_given();
    all.extend(selected(&given.filters, &overrides));
    line(&all)
}

/// What names the run, once it was measured again.
fn latest(header: &Header) -> &str {
    if is_imported(header) {
        &header.id
    } else {
        "latest"
    }
}

fn is_imported(header: &Header) -> bool {
    header.environment.context.contains_key(imported::FROM)
}

/// The line of `words`, after one that measures the run where it can be measured here.
fn after_run(header: &Header, words: &[&str]) -> String {
    let words = line(words);
    if is_imported(header) {
        return words;
    }
    let run = line(&measured(header, &header.filters));
    format!("{run} && {words}")
}

/// The words that measure a run again, with these filters.
fn measured<'a>(header: &'a Header, filters: &'a [String]) -> Vec<&'a str> {
    let mut words = vec!["warpmark", "run", &header.suite_path];
    words.extend(header.quick.then_some("--quick"));
    words.extend(selected(filters, &header.overrides));
    words
}

/// Filters, and overrides as [`Overrides::as_given`] has them.
fn selected<'a>(filters: &'a [String], overrides: &'a [String]) -> impl Iterator<Item = &'a str> {
    let filters = filters.iter().flat_map(|filter| ["-f", filter]);
    filters.chain(overrides.iter().flat_map(|given| given.splitn(2, ' ')))
}

fn line(words: &[&str]) -> String {
    let words: Vec<String> = words.iter().map(|word| quoted(word)).collect();
    words.join(" ")
}

/// `word` as one word of a POSIX shell.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,@%+".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_shell() {
        let table = [
            ("suites/memory.toml", "suites/memory.toml"),
            ("copy/*", "'copy/*'"),
            ("!tag:slow", "'!tag:slow'"),
            ("it's", r"'it'\''s'"),
            ("", "''"),
            ("$(rm -rf)", "'$(rm -rf)'"),
        ];
        for (word, expected) in table {
            assert_eq!(quoted(word), expected);
        }
    }

    #[test]
    fn a_study_keeps_what_was_asked_of_it() {
        let given = Overrides {
            samples: Some(20),
            filters: vec!["triad/*".to_owned(), "!tag:slow".to_owned()],
            shared: true,
            ..Overrides::default()
        };
        let line = ab(&["HEAD~1", "suites/memory.toml"], Some(10), &given);
        let expected = "warpmark ab 'HEAD~1' suites/memory.toml --blocks 10 -f 'triad/*' -f '!tag:slow' --samples 20 --shared";
        assert_eq!(line, expected);
        let plain = ab(&["v1", "HEAD", "s.toml"], None, &Overrides::default());
        assert_eq!(plain, "warpmark ab v1 HEAD s.toml");
    }
}
