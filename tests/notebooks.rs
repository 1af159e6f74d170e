//! Notebooks: the cell is told, pictures are no text, and lines stay those of the file.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod archive_common;

use archive_common::{deflated, key, scan, stanch, zip};
use serde_json::{Value, json};

fn notebook(cells: &[Value]) -> Vec<u8> {
    let document = json!({ "cells": cells, "metadata": { "language_info": { "name": "python" } }, "nbformat": 4, "nbformat_minor": 5 });
    serde_json::to_vec_pretty(&document).unwrap()
}

fn code(lines: &[String], outputs: &[Value]) -> Value {
    json!({ "cell_type": "code", "execution_count": 1, "metadata": {}, "source": lines, "outputs": outputs })
}

#[test]
fn the_cell_and_its_line_are_told() {
    let (source, output) = (key("source"), key("output"));
    let text = notebook(&[
        json!({ "cell_type": "markdown", "metadata": {}, "source": ["# Title\n"] }),
        code(&["import os\n".to_owned(), format!("token = \"{source}\"\n")], &[]),
        code(
            &["print(t)".to_owned()],
            &[json!({ "output_type": "stream", "name": "stdout", "text": [format!("token={output}\n")] })],
        ),
    ]);
    for (name, bytes, path) in [
        ("a.ipynb", text.clone(), "a.ipynb"),
        ("a.zip", zip(&[deflated(b"nb/a.ipynb", &text)]), "a.zip!/nb/a.ipynb"),
    ] {
        let told = scan(name, &bytes);
        let findings = told.json["findings"].as_array().unwrap();
        let cells: Vec<(&Value, &Value)> =
            findings.iter().map(|f| (&f["file"], &f["inside"]["cell"])).collect();
        assert_eq!(
            cells,
            [
                (&json!(path), &json!({ "number": 2, "line": 2, "output": false })),
                (&json!(path), &json!({ "number": 3, "line": null, "output": true })),
            ],
            "{}",
            told.json
        );
        let line =
            String::from_utf8_lossy(&text).lines().position(|line| line.contains(&source)).unwrap() + 1;
        assert_eq!(findings[0]["line"], line);
    }
    let temp = tempfile::tempdir().unwrap();
    std::fs::write(temp.path().join("a.ipynb"), &text).unwrap();
    let shown = stanch(temp.path(), &["--color", "never"]).output().unwrap().stdout;
    let shown = String::from_utf8(shown).unwrap();
    assert!(
        shown.contains("where     cell 2, line 2") && shown.contains("where     an output of cell 3"),
        "{shown}"
    );
}

#[test]
fn pictures_are_no_text() {
    let hidden = key("picture");
    let picture = |kind: &str| json!({ "output_type": "display_data", "metadata": {}, "data": { kind: format!("iVBORw0K/{hidden}/AAAA") } });
    let told = scan("a.ipynb", &notebook(&[code(&[], &[picture("image/png")])]));
    assert_eq!((told.code, told.places().len()), (0, 0), "{}", told.json);
    let told = scan("a.ipynb", &notebook(&[code(&[], &[picture("text/html")])]));
    assert_eq!((told.code, told.places().len()), (1, 1), "{}", told.json);
}

#[test]
fn a_notebook_that_is_none_is_a_text() {
    let text = format!("{{ \"cells\": [ \"token = {}\" ", key("a"));
    let told = scan("a.ipynb", text.as_bytes());
    assert_eq!(told.places(), ["a.ipynb:1"]);
    assert_eq!(told.json["findings"][0]["inside"], Value::Null);
}
