//! The configuration of a container image, as texts to scan.

/// The texts of a configuration, each under a name of its own: its variables, one a line; its history,
/// one instruction a line; the rest as it is, with who made each layer and what they wrote of it.
pub(super) fn of(config: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let Ok(mut document) = serde_json::from_slice::<serde_json::Value>(config) else {
        return vec![("config/config.json", config.to_vec())];
    };
    let line =
        |value: &serde_json::Value| value.as_str().unwrap_or_default().replace(['\n', '\r'], " ") + "\n";
    let mut texts = Vec::new();
    let config = document.pointer_mut("/config").and_then(|config| config.as_object_mut());
    if let Some(config) = config
        && let Some(env) = config.get("Env").and_then(|env| env.as_array())
    {
        texts.push(("config/environment", env.iter().map(line).collect::<String>().into_bytes()));
        // Of another kind, it stays where it is.
        if env.iter().all(serde_json::Value::is_string) {
            config.remove("Env");
        }
    }
    if let Some(history) = document.pointer_mut("/history").and_then(|all| all.as_array_mut()) {
        let mut lines = String::new();
        for entry in history.iter_mut() {
            lines += &line(entry.get("created_by").unwrap_or(&serde_json::Value::Null));
            if let Some(entry) = entry
                .as_object_mut()
                .filter(|entry| entry.get("created_by").is_some_and(serde_json::Value::is_string))
            {
                entry.remove("created_by");
            }
        }
        texts.push(("config/history", lines.into_bytes()));
    }
    texts.push(("config/config.json", serde_json::to_vec_pretty(&document).unwrap_or_default()));
    texts
}

#[cfg(test)]
mod tests {
    #[test]
    fn all_of_a_configuration_is_told() {
        let config = br#"{"config":{"Env":["A=b\nc",{"odd":"one"}],"Labels":{"l":"two"}},
            "history":[{"created_by":"RUN x","comment":"three","author":"four"},{"created_by":["five"]},"six"]}"#;
        let texts = super::of(config);
        let text = |at: usize| String::from_utf8_lossy(&texts[at].1).into_owned();
        assert_eq!((text(0).as_str(), text(1).as_str()), ("A=b c\n\n", "RUN x\n\n\n"));
        for word in ["one", "two", "three", "four", "five", "six"] {
            assert!(text(2).contains(word), "{word}: {}", text(2));
        }
        assert!(!text(2).contains("RUN x"), "{}", text(2));
        assert_eq!(super::of(br#"["seven"]"#).len(), 1);
    }
}
