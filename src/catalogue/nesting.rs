//! Keeps YAML that is nested beyond all reason from the parser, whose time grows with the square of the depth.
//!
//! 100,000 opening brackets, in a file of 100 KB, cost it minutes; settings that people write are four deep.

/// Levels that are let through: no person gets there, and they cost the parser a millisecond.
const MOST: usize = 1_000;

/// The line, 1-based, at which `yaml` is nested too deeply; `None` for all that people write.
///
/// Brackets in quotes count too: what matters is that nothing deep is missed.
pub fn too_deep(yaml: &str) -> Option<u32> {
    let mut flow = 0usize;
    (1..).zip(yaml.lines()).find_map(|(number, line)| {
        // `- - - a` opens a list in a list in a list.
        let mut block = 0;
        let mut leads = line.bytes().filter(|byte| *byte != b' ');
        while leads.next().is_some_and(|byte| matches!(byte, b'-' | b'?' | b':')) {
            block += 1;
        }
        for byte in line.bytes() {
            match byte {
                b'[' | b'{' => flow += 1,
                b']' | b'}' => flow = flow.saturating_sub(1),
                _ => {}
            }
            if flow > MOST {
                break;
            }
        }
        (flow > MOST || block > MOST).then_some(number)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_nobody_writes_is_too_deep() {
        assert_eq!(too_deep("a: [b, {c: [d]}]\n- - - e\n# ---------\n"), None);
        assert_eq!(too_deep(&format!("a: b\nc: {}", "[x, ".repeat(2_000))), Some(2));
        assert_eq!(too_deep(&"{a: ".repeat(2_000)), Some(1));
        assert_eq!(too_deep(&format!("\n\n{}a", "- ".repeat(2_000))), Some(3));
        assert_eq!(too_deep(&"[a]\n".repeat(5_000)), None);
    }
}
