//! What reports say of a place inside another file: the archive, the image's layer, the notebook's cell.

use serde_json::{Value, json};

use crate::finding::Location;
use crate::source::{InImage, Later};

/// For a person, beside the path: the cell, or the layer and what became of the file.
pub(super) fn note(place: &Location) -> Option<String> {
    place.place.inside()?.note(place.line, place.column)
}

/// For a program; null for a place that is not inside another file.
pub(super) fn describe(place: &Location) -> Value {
    let Some(inside) = place.place.inside() else { return Value::Null };
    let image = inside.in_image.as_ref().map(|part| match part {
        InImage::Config { image } => json!({ "image": image, "part": "config" }),
        InImage::Layer(layer) => {
            let (deleted, replaced) = match layer.later {
                Some(Later::Deleted(by)) => (Some(by), None),
                Some(Later::Replaced(by)) => (None, Some(by)),
                None => (None, None),
            };
            json!({
                "image": layer.image, "part": "layer", "layer": layer.number, "layers": layer.of, "digest": layer.digest,
                "made_by": layer.made_by, "history_entry": layer.entry, "deleted_in": deleted, "replaced_in": replaced,
            })
        }
    });
    let cell = inside.cell(place.line, place.column).map(|cell| {
        json!({ "number": cell.number, "line": (cell.line > 0).then_some(cell.line), "output": cell.is_output })
    });
    let member = inside.member(place.path.as_ref());
    json!({
        "outer": inside.outer.to_string(), "member": (!member.is_empty()).then(|| member.to_string()),
        "image": image, "cell": cell,
    })
}

/// The path inside the outer file; `None` when the place is that file itself.
pub(super) fn member(place: &Location) -> Option<String> {
    let member = place.place.inside()?.member(place.path.as_ref());
    (!member.is_empty()).then(|| member.to_string())
}
