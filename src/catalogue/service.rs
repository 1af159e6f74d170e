//! What products do.

/// What a product does, where names of passwords tell that alone: `DB_PASSWORD`, `MAIL_PASSWORD`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Service {
    /// It keeps data that clients query.
    Database,
    /// It takes, sends or keeps mail.
    Mail,
    /// It keeps accounts and answers over LDAP.
    Directory,
    /// It takes and gives files.
    FileTransfer,
    /// A wireless network.
    Wifi,
    /// A private network over others.
    Vpn,
    /// It passes messages on between programs.
    MessageBroker,
}
