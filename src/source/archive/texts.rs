//! The configuration of a container image, as texts to scan.

/// The texts of a configuration, each under a name of its own: its variables, one a line; its history,
/// one instruction a line; the rest as it is, with who made each layer and what they wrote of it.
pub(super) fn of(config: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let Ok(mut document) = serde_json::from_slice::<serde_json::Value>(config) else {
        return vec![("config/config.json", config.to_vec())];
    };
    let line = |value: serde_json::Value| match value {
        serde_json::Value::String(text) => text.replace(['\n', '\r'], " ") + "\n",
        serde_json::Value::Null => "\n".to_owned(),
        other => format!("{other}\n"),
    };
    let mut texts = Vec::new();
    let config = document.get_mut("config").and_then(serde_json::Value::as_object_mut);
    if let Some(config) = config
        && let Some(serde_json::Value::Array(env)) = config.get("Env")
    {
        let lines: String = env.iter().cloned().map(line).collect();
        texts.push(("config/environment", lines.into_bytes()));
        config.remove("Env");
    }
    if let Some(history) = document.get_mut("history").and_then(|history| history.as_array_mut()) {
        let made_by = |entry: &mut serde_json::Value| entry.as_object_mut()?.remove("created_by");
        let lines = history.iter_mut().map(|entry| line(made_by(entry).unwrap_or_default()));
        texts.push(("config/history", lines.collect::<String>().into_bytes()));
    }
    texts.push(("config/config.json", serde_json::to_vec_pretty(&document).unwrap_or_default()));
    texts
}
