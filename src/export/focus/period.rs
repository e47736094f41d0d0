//! The periods of charges as the specification has them: UTC, whole seconds, ends excluded.

use jiff::tz::TimeZone;
use jiff::{RoundMode, Timestamp, TimestampRound, ToSpan, Unit, Zoned};

/// `2026-03-01T10:00:00Z`: the specification's date and time, in UTC to the second.
pub(super) fn utc(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// The end of the second that `at` lies in, since the end of a period is no part of it.
pub(super) fn whole(at: Timestamp) -> Timestamp {
    let up = TimestampRound::new()
        .smallest(Unit::Second)
        .mode(RoundMode::Ceil);
    at.round(up).unwrap_or(at)
}

/// The calendar month of `at` in UTC, its end excluded; where the calendar ends, the moment itself.
pub(super) fn month(at: Timestamp) -> (Timestamp, Timestamp) {
    let day = at.to_zoned(TimeZone::UTC);
    let first = day.first_of_month().and_then(|day| day.start_of_day());
    let next = |first: &Zoned| first.checked_add(1.month());
    let start = first.as_ref().map_or(at, Zoned::timestamp);
    let end = first.and_then(|first| next(&first));
    (start, end.map_or(at, |end| end.timestamp()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_are_those_of_utc() {
        let table = [
            (
                "2026-03-01T00:00:00Z",
                "2026-03-01T00:00:00Z",
                "2026-04-01T00:00:00Z",
            ),
            (
                "2026-12-31T23:59:59.9Z",
                "2026-12-01T00:00:00Z",
                "2027-01-01T00:00:00Z",
            ),
            (
                "2028-02-29T12:00:00Z",
                "2028-02-01T00:00:00Z",
                "2028-03-01T00:00:00Z",
            ),
        ];
        for (at, start, end) in table {
            let found = month(at.parse().expect("a time"));
            assert_eq!(
                (utc(found.0), utc(found.1)),
                (start.to_owned(), end.to_owned())
            );
        }
    }

    #[test]
    fn periods_end_with_whole_seconds() {
        for (at, end) in [("10:00:00Z", "10:00:00Z"), ("10:00:00.001Z", "10:00:01Z")] {
            let at = format!("2026-03-01T{at}").parse().expect("a time");
            assert_eq!(utc(whole(at)), format!("2026-03-01T{end}"));
        }
    }
}
