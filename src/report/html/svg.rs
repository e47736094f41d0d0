//! Pieces of charts as SVG: everything is styled by classes, so that light, dark and print are the style's.

use std::fmt::Write;

use super::scale::{Scale, label};
use crate::record::Unit;
use crate::report::text;

/// Units across of a chart; on a phone one is about a pixel.
pub const WIDTH: f64 = 400.0;

/// A chart: its elements so far.
pub struct Svg {
    body: String,
}

impl Svg {
    /// An empty chart.
    pub fn new() -> Self {
        Self {
            body: String::new(),
        }
    }

    /// Text at a place; `class` says how it stands: `end`, `middle`, `strong`.
    pub fn text(&mut self, class: &str, (x, y): (f64, f64), content: &str) {
        let content = escape(content);
        self.add(format_args!(
            "<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\">{content}</text>"
        ));
    }

    /// A rectangle.
    pub fn rect(&mut self, class: &str, (x, y): (f64, f64), (width, height): (f64, f64)) {
        self.add(format_args!(
            "<rect class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\"/>"
        ));
    }

    /// A line.
    pub fn line(&mut self, class: &str, (x, y): (f64, f64), (to_x, to_y): (f64, f64)) {
        self.add(format_args!(
            "<line class=\"{class}\" x1=\"{x:.1}\" y1=\"{y:.1}\" x2=\"{to_x:.1}\" y2=\"{to_y:.1}\"/>"
        ));
    }

    /// A case's dot of a verdict's class, `r` from its middle to its edge, that says `content` when it is pointed at. Its
    /// shape says what its colour does.
    pub fn dot(&mut self, class: &str, (x, y): (f64, f64), r: f64, content: &str) {
        let content = escape(content);
        let (side, tall, down) = (2.0 * r, 1.9 * r, 1.1 * r);
        let path = match class {
            "bad" => format!("M{x:.1} {:.1}l{r} {tall:.1}h-{side}z", y - down),
            "good" => format!("M{x:.1} {:.1}l{r} -{tall:.1}h-{side}z", y + down),
            "warn" => format!("M{x:.1} {:.1}l{r} {r}l-{r} {r}l-{r} -{r}z", y - r),
            _ => {
                return self.add(format_args!(
                    "<circle class=\"dot {class}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{r}\"><title>{content}</title></circle>"
                ));
            }
        };
        self.add(format_args!(
            "<path class=\"dot {class}\" d=\"{path}\"><title>{content}</title></path>"
        ));
    }

    /// Many dots as one path.
    pub fn dots(&mut self, class: &str, places: impl Iterator<Item = (f64, f64)>) {
        let mut path = String::new();
        for (x, y) in places {
            // Writing to a text can't fail.
            let _ = write!(path, "M{x:.1} {y:.1}h0");
        }
        if !path.is_empty() {
            self.add(format_args!("<path class=\"{class}\" d=\"{path}\"/>"));
        }
    }

    /// An axis of `unit` at the bottom: lines from `top` to `bottom`, labels and a title under them.
    pub fn axis(&mut self, scale: &Scale, unit: Unit, (top, bottom): (f64, f64), title: &str) {
        let mut free = f64::NEG_INFINITY;
        for tick in scale.ticks(4.0) {
            let x = scale.at(tick);
            self.line("grid", (x, top), (x, bottom));
            let shown = label(tick, unit);
            let half = 3.6 * shown.chars().count() as f64;
            if x - half >= free {
                let x = x.clamp(half, WIDTH - half);
                self.text("tick middle", (x, bottom + 14.0), &shown);
                free = x + half + 6.0;
            }
        }
        self.text("axis middle", (WIDTH / 2.0, bottom + 31.0), title);
    }

    /// The whole, so high, with a title and a description for those who don't see it.
    pub fn finish(self, name: &str, height: f64, (title, about): (&str, &str)) -> String {
        let (title, about) = (escape(title), escape(about));
        let body = self.body;
        format!(
            "<svg class=\"chart\" viewBox=\"0 0 {WIDTH} {height:.0}\" role=\"img\" \
             aria-labelledby=\"{name}-title {name}-about\"><title id=\"{name}-title\">{title}</title>\
             <desc id=\"{name}-about\">{about}</desc>{body}</svg>"
        )
    }

    fn add(&mut self, element: std::fmt::Arguments<'_>) {
        // Writing to a text can't fail.
        let _ = self.body.write_fmt(element);
    }
}

/// Text that can't become an element.
fn escape(content: &str) -> String {
    handlebars::html_escape(&text::harmless(content))
}
