//! Whether a report still has the form of its format, whatever was put into it. Each panics where it has not.

use std::collections::BTreeSet;

/// Elements that HTML never closes.
const VOID: [&str; 6] = ["br", "hr", "img", "input", "link", "meta"];

/// XML and HTML: elements closed in order, values in quotes, every ampersand an entity, no handler of events
/// and no address but a web page's. Gives the names of the elements.
pub fn markup(page: &str) -> BTreeSet<&str> {
    let (mut open, mut names) = (Vec::new(), BTreeSet::new());
    let mut rest = page;
    while let Some((text, tag)) = rest.split_once('<') {
        entities(text);
        if let Some(closed) = tag.strip_prefix('/') {
            let (name, after) = closed.split_once('>').expect("an end tag ends");
            assert_eq!(open.pop(), Some(name), "elements are closed in order");
            rest = after;
            continue;
        }
        if tag.starts_with(['!', '?']) {
            rest = tag.split_once('>').expect("a declaration ends").1;
            continue;
        }
        let end = tag.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').expect("a tag ends");
        let (name, mut after) = tag.split_at(end);
        assert!(
            !name.is_empty(),
            "`<` stands for itself before {:?}",
            after.chars().take(20).collect::<String>()
        );
        names.insert(name);
        let is_empty = loop {
            after = after.trim_ascii_start();
            if let Some(left) = after.strip_prefix("/>") {
                after = left;
                break true;
            }
            if let Some(left) = after.strip_prefix('>') {
                after = left;
                break VOID.contains(&name);
            }
            after = attribute(after);
        };
        if matches!(name, "script" | "style") {
            let (_, left) = after.split_once(&format!("</{name}>")).expect("it is closed");
            after = left;
        } else if !is_empty {
            open.push(name);
        }
        rest = after;
    }
    entities(rest);
    assert!(open.is_empty(), "{open:?} are not closed");
    names
}

/// Reads `name` or `name="value"`; gives what follows.
fn attribute(text: &str) -> &str {
    let end = text.find(['=', ' ', '>', '\n']).expect("an attribute ends");
    let (name, rest) = text.split_at(end);
    assert!(
        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "-:".contains(c)),
        "{name:?} is no attribute"
    );
    assert!(!name.starts_with("on"), "{name} runs a script");
    let Some(value) = rest.strip_prefix('=') else { return rest };
    let (value, rest) =
        value.strip_prefix('"').and_then(|value| value.split_once('"')).expect("a value stands in quotes");
    assert!(!value.contains('<'), "a value holds a tag: {value}");
    if matches!(name, "href" | "src") {
        assert!(value.starts_with('#') || value.starts_with("https://"), "{value} is followed");
    }
    // A policy holds quotes of its own and no entity.
    if name != "content" {
        entities(value);
    }
    rest
}

fn entities(text: &str) {
    for part in text.split('&').skip(1) {
        let name = part.split_once(';').map(|(name, _)| name);
        let holds =
            |name: &str| name.len() <= 10 && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '#');
        assert!(name.is_some_and(holds), "an ampersand stands for itself before {part}");
    }
}

/// RFC 4180: rows of as many cells as the first, and no cell that a spreadsheet would compute.
pub fn csv(text: &str) {
    let mut width = None;
    let mut rest = text;
    let mut row = 0;
    while !rest.is_empty() {
        let mut cells = 0;
        loop {
            let cell;
            (cell, rest) = self::cell(rest);
            assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{cell:?} is a formula");
            cells += 1;
            match rest.strip_prefix(',') {
                Some(more) => rest = more,
                None => break,
            }
        }
        rest = rest.strip_prefix("\r\n").expect("a row ends as a row does");
        assert_eq!(*width.get_or_insert(cells), cells, "row {row} has another width");
        row += 1;
    }
}

fn cell(text: &str) -> (String, &str) {
    let Some(mut rest) = text.strip_prefix('"') else {
        let end = text.find([',', '\r', '\n']).expect("a cell ends");
        assert!(!text[..end].contains('"'), "a quote within a bare cell");
        return (text[..end].to_owned(), &text[end..]);
    };
    let mut cell = String::new();
    loop {
        let (part, after) = rest.split_once('"').expect("a quoted cell is closed");
        cell.push_str(part);
        match after.strip_prefix('"') {
            Some(more) => {
                cell.push('"');
                rest = more;
            }
            None => return (cell, after),
        }
    }
}

/// Workflow commands of GitHub Actions: each line is one of ours.
pub fn annotations(text: &str) {
    for line in text.lines() {
        let command = line.strip_prefix("::").and_then(|line| line.split_once("::")).expect("a command").0;
        let name = command.split(' ').next().unwrap_or_default();
        assert!(matches!(name, "error" | "notice" | "warning"), "{name} is no annotation");
    }
}
