//! Series of scripted instruments.

use super::*;
use crate::telemetry::watch::scripted::Scripted;

fn lines(folder: &Path) -> Vec<TelemetryLine> {
    let text = std::fs::read_to_string(folder.join(FILE)).expect("the file");
    let line = |line: &str| serde_json::from_str(line).expect("a line");
    text.lines().map(line).collect()
}

fn scripted(folder: &Path) -> Recorder {
    Recorder::with(folder, |marks, series| {
        series.keep(&Scripted::default(), &marks)
    })
}

#[test]
fn a_series_has_ten_readings_a_second_and_the_marks_of_the_run() {
    let folder = tempfile::tempdir().expect("a folder");
    let recorder = scripted(folder.path());
    let (sender, heard) = mpsc::channel();
    recorder.live().listen(move |reading| {
        let _ = sender.send(reading.clone());
    });
    let case = CaseId::from_text("copy/n=1");
    recorder.mark(Marked::CaseStarted, 2, Some(&case));
    thread::sleep(Duration::from_millis(1500));
    assert_eq!(recorder.finish(), None);
    let lines = lines(folder.path());
    let readings: Vec<&Reading> = lines
        .iter()
        .filter_map(|line| match line {
            TelemetryLine::Reading(reading) => Some(&**reading),
            _ => None,
        })
        .collect();
    // On a machine that is busy with other tests it may be a little late.
    assert!((8..=18).contains(&readings.len()), "{}", readings.len());
    assert!(
        readings
            .windows(2)
            .all(|pair| pair[0].at_ns < pair[1].at_ns)
    );
    let first = readings[0];
    assert_eq!((first.sm_mhz, first.memory_mhz), (Some(1980), None));
    assert_eq!(
        (first.temperature_c, first.power_w),
        (Some(60), Some(300.0))
    );
    assert_eq!(first.reasons, Some(vec!["sw-power-cap".to_owned()]));
    let Some(TelemetryLine::Start(start)) = lines.first() else {
        panic!("{lines:?}");
    };
    assert_eq!(start.gpu.as_deref(), Some("GPU-1"));
    let unknown = "not supported by this GPU or driver";
    assert_eq!(start.unknown["memory_mhz"], unknown);
    assert_eq!(start.unknown["ecc"], unknown);
    let is_mark = |line: &&TelemetryLine| matches!(line, TelemetryLine::Mark(mark) if mark.process == 2 && mark.case.as_ref() == Some(&case));
    assert_eq!(lines.iter().filter(is_mark).count(), 1);
    assert!(matches!(lines.last(), Some(TelemetryLine::End(end)) if end.why.is_none()));
    assert!(heard.try_iter().count() >= 1, "progress was told");
}

#[test]
fn a_run_that_goes_on_adds_to_the_series_and_ends_a_half_line() {
    let folder = tempfile::tempdir().expect("a folder");
    scripted(folder.path()).finish();
    let path = folder.path().join(FILE);
    let mut file = OpenOptions::new().append(true).open(&path).expect("opened");
    file.write_all(b"{\"reading\":{\"at").expect("written");
    scripted(folder.path()).finish();
    let text = std::fs::read_to_string(&path).expect("the file");
    assert_eq!(text.matches("{\"start\":").count(), 2);
    assert_eq!(text.matches("{\"end\":").count(), 2);
    let broken = text
        .lines()
        .filter(|line| serde_json::from_str::<TelemetryLine>(line).is_err());
    assert_eq!(broken.count(), 1);
}

#[test]
fn a_call_that_hangs_ends_the_series_and_holds_up_nobody() {
    let folder = tempfile::tempdir().expect("a folder");
    let recorder = Recorder::with(folder.path(), |_, _| {
        thread::sleep(Duration::from_secs(3));
        None
    });
    let began = Instant::now();
    recorder.mark(Marked::ProcessStarted, 0, None);
    let why = recorder.finish().expect("a reason");
    assert!(began.elapsed() < Duration::from_secs(2));
    assert_eq!(why, "NVML doesn't answer any more");
    let ended = lines(folder.path());
    assert!(matches!(&ended[..], [TelemetryLine::End(end)] if end.why.as_deref() == Some(&*why)));
}

#[test]
fn a_disk_that_refuses_ends_the_series_with_its_reason() {
    let folder = tempfile::tempdir().expect("a folder");
    let recorder = scripted(&folder.path().join("missing"));
    let why = recorder.finish().expect("a reason");
    assert!(why.starts_with("cannot append to "), "{why}");
}
