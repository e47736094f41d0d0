//! Expressions and templates with the place where they stand, so that a fault at one point of the axes is shown
//! there.

use crate::diagnostic::Place;
use crate::expr::Expression;

/// An expression of a manifest.
#[derive(Debug, Clone, PartialEq)]
pub struct Formula {
    /// What it says.
    pub expression: Expression,
    /// Where the value stands.
    pub place: Place,
    /// Where the expression's text begins, where its characters stand in the file as they are.
    pub text: Option<Place>,
}

impl Formula {
    /// The place of the bytes `span` of the expression.
    pub fn place_of(&self, span: std::ops::Range<usize>) -> Place {
        self.text.map_or(self.place, |text| text.part(span))
    }
}

/// Text with placeholders: `{axis}`, and `{out}` for the folder of an execution's output.
#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    /// The parts in order.
    pub parts: Vec<Part>,
    /// Where it stands.
    pub place: Place,
}

/// A part of a [`Template`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// Text as it is.
    Text(String),
    /// The value of the axis of this name.
    Axis(String),
    /// The folder of an execution's output.
    Output,
}
