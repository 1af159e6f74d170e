//! The calls that take a password or a key at a place of their own, with no name before it.

/// Which argument of a call is the secret, counted from 0, and what it is.
pub(super) struct Call {
    pub(super) open: &'static str,
    pub(super) argument: usize,
    /// A key, not a password: it has to look random.
    pub(super) is_key: bool,
    /// Literals that must stand before it, a user, a host; none where what is called takes a password there and nothing else.
    pub(super) literals_before: usize,
    /// Whether the one right before it is a distinguished name of a directory: `cn=…,dc=…`.
    pub(super) is_of_dn: bool,
}

const fn password_at(open: &'static str, argument: usize, literals_before: usize) -> Call {
    Call { open, argument, is_key: false, literals_before, is_of_dn: false }
}

const fn key_at(open: &'static str, argument: usize) -> Call {
    Call { open, argument, is_key: true, literals_before: 0, is_of_dn: false }
}

const fn password_of_dn(open: &'static str, argument: usize) -> Call {
    Call { open, argument, is_key: false, literals_before: 1, is_of_dn: true }
}

/// What any bytes are decoded with: a key only under a name of one.
pub(super) const DECODED: &str = "frombase64string(";
pub(super) const DECODED_IN_SWIFT: &str = "data(base64encoded:";

/// Those whose language puts blanks between arguments.
pub(super) const SPACED: [&str; 2] = ["basicauth ", ":basic-auth ["];

/// By the keywords of the rules, lower case.
const CALLS: &[Call] = &[
    password_at("auth=(", 1, 1),
    password_at("basicauth(", 1, 1),
    password_at("setbasicauth(", 1, 0),
    password_at("httpbasicauth(", 1, 0),
    password_at("database.forurl(", 2, 0),
    password_at("ftplib.ftp(", 2, 0),
    password_at("basicauth ", 1, 1),
    password_at(":basic-auth [", 1, 1),
    password_at("basic_auth: {", 1, 1),
    password_at("basic_auth: [", 1, 1),
    password_at("basic_auth, {", 1, 1),
    password_at(".basic(", 1, 1),
    password_at("auth.basic ", 1, 1),
    password_at("authorization_basic(", 1, 1),
    password_at("basichttpcredentials(", 1, 1),
    password_at("withauth(", 1, 1),
    password_at("digestauth(", 1, 1),
    password_at("httpbasicauthenticator(", 1, 0),
    password_at("credentials.basic(", 1, 1),
    password_at("basic_auth ", 1, 1),
    password_at(":basic_auth, ", 1, 1),
    password_at(":basic, ", 1, 1),
    password_at("basic_auth(", 1, 1),
    password_at("basiccredentials(", 1, 1),
    key_at("bearer_auth(", 0),
    key_at("bearerauth(", 0),
    password_at("networkcredential(", 1, 0),
    password_at("passwordauthentication(", 1, 0),
    password_at("plainauth(", 2, 0),
    password_at("usernamepassword(", 1, 1),
    password_at("usernamepasswordcredentials(", 1, 0),
    password_at("new pdo(", 2, 0),
    password_at("mysqli_connect(", 2, 0),
    password_at("mysql_connect(", 2, 0),
    password_at("new mysqli(", 2, 0),
    password_at("drivermanager.getconnection(", 2, 0),
    password_at("utl_http.set_authentication(", 2, 1),
    password_at(".login(", 1, 0),
    password_at(".set_password(", 0, 0),
    password_at("mysql_real_connect(", 3, 0),
    password_at("dbi->connect(", 2, 1),
    password_at("driver->connect(", 2, 2),
    password_at("env:connect(", 2, 2),
    password_at("sql.newinstance(", 2, 2),
    password_at("credentials(", 3, 3),
    password_at("set_credentials(", 1, 1),
    password_at("connect('weblogic',", 0, 0),
    password_at("connect(\"weblogic\",", 0, 0),
    password_at("= database(", 2, 2),
    password_at("->auth(", 1, 1),
    password_at(".auth(", 1, 1),
    password_at("jedis.auth(", 0, 0),
    password_at("redis.auth(", 0, 0),
    password_at("red:auth(", 0, 0),
    password_at("redis:auth(", 0, 0),
    password_at("r:auth(", 0, 0),
    password_at("conn:auth(", 0, 0),
    password_at("cache:auth(", 0, 0),
    password_at("auth = (", 1, 1),
    password_at("'auth' => [", 1, 1),
    password_at("plaincredentials(", 1, 1),
    password_at("sshclient(", 2, 2),
    password_at("pymysql.connect(", 2, 0),
    password_at("oracle.connect(", 1, 1),
    password_at("oracledb.connect(", 1, 1),
    password_at("simple_bind_s(", 1, 1),
    password_at("simple_bind(", 1, 1),
    password_at("ldap_bind(", 2, 1),
    password_at(".user(", 1, 1),
    password_at(".credentials(", 1, 1),
    password_at("withcredentials(", 1, 1),
    password_at("x509certificate2(", 1, 1),
    password_at("tableauauth(", 1, 1),
    password_at("client.connect(", 2, 2),
    password_at("ssh.connect(", 3, 0),
    password_at("authtokens.basic(", 1, 1),
    password_at("yagmail.smtp(", 1, 1),
    password_at("myplexaccount(", 1, 1),
    password_at("rocketchat(", 1, 1),
    password_at("webcredentials(", 1, 1),
    password_at("managementroot(", 2, 2),
    password_at("wifi.begin(", 1, 0),
    password_at("wifi.softap(", 1, 0),
    password_at("wifi.connect(", 1, 0),
    password_at("radio.connect(", 1, 0),
    password_at(".addap(", 1, 0),
    password_at("wlan.connect(", 1, 0),
    password_at("sta_if.connect(", 1, 0),
    password_at("station.connect(", 1, 0),
    password_at("basicauthentication(", 1, 1),
    password_at("ftp(", 2, 2),
    password_at("ftp_tls(", 2, 2),
    password_at("ftp.open(", 2, 2),
    password_at("ftp.new(", 2, 2),
    password_at("ftp_login(", 2, 1),
    password_at("->login(", 1, 1),
    password_at("mysqldb.connect(", 2, 0),
    password_at("sequelize(", 2, 0),
    password_at("pg.connect(", 6, 3),
    password_at("oci_connect(", 1, 1),
    password_at("imap_open(", 2, 1),
    password_at(".pass_(", 0, 0),
    password_at("transport.connect(", 2, 1),
    password_at("smtp.start(", 4, 2),
    password_at("newdialer(", 3, 1),
    password_at(".authenticate(", 1, 1),
    password_at("sftpclient(", 2, 2),
    password_at("ssh2_auth_password(", 2, 1),
    password_at("keystore.load(", 1, 0),
    password_at("ks.load(", 1, 0),
    password_at("redis->auth(", 0, 0),
    password_at("client.auth(", 0, 0),
    password_at("usmuserdata(", 1, 1),
    password_at("sp_addlinkedsrvlogin ", 4, 2),
    password_at("sp_addlogin ", 1, 1),
    password_at("runas(", 2, 1),
    password_of_dn(".bind(", 1),
    password_of_dn("connection(", 2),
    key_at("aes.encrypt(", 1),
    key_at("aes.decrypt(", 1),
    key_at(DECODED, 0),
    key_at(DECODED_IN_SWIFT, 0),
    key_at("hash_hmac(", 2),
    key_at("hmac(", 1),
    key_at("csrf.protect(", 0),
    key_at("jwt.sign(", 1),
    key_at("cookiestore(", 0),
    key_at("cookieparser(", 0),
    key_at("textencoder().encode(", 0),
    key_at("messageencryptor.new(", 0),
    key_at("messageverifier.new(", 0),
    key_at("key::from_secret(", 0),
    key_at("algorithm.hmac256(", 0),
    key_at("algorithm.hmac384(", 0),
    key_at("algorithm.hmac512(", 0),
    key_at("hmacshakeyfor(", 0),
    key_at("symmetricsecuritykey(", 0),
    key_at("jwt.encode(", 1),
    key_at("jwt.decode(", 1),
    key_at("jwt.verify(", 1),
    key_at("secretkeyspec(", 0),
    key_at("hmac.new(", 0),
    key_at("createhmac(", 1),
    key_at("createcipheriv(", 1),
    key_at("aes.new(", 0),
    key_at("fernet(", 0),
];

/// The call whose opening a keyword is.
pub(super) fn of_keyword(keyword: &[u8]) -> Option<&'static Call> {
    CALLS.iter().find(|call| call.open.as_bytes() == keyword)
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;
    use std::collections::BTreeSet;

    use bstr::ByteSlice;

    use super::*;
    use crate::catalogue::{Origin, Parser, RuleIx, embedded};

    #[test]
    fn each_keyword_of_the_rules_has_its_arguments_here() {
        let is_call =
            |rule: &RuleIx| embedded().rule(*rule).detect.origin == Origin::Parse(Parser::CallArgument);
        let mut keywords = BTreeSet::new();
        for words in embedded().keywords() {
            let wakes = |word: &usize| words.wakes(*word).iter().any(|wake| is_call(&wake.rule));
            keywords.extend((0..words.len()).filter(wakes).map(|word| words.text(word).to_str_lossy()));
        }
        // Blanks that align a sign stand in place of all that is behind the name.
        keywords.retain(|keyword| !keyword.ends_with('\t') && !keyword.ends_with("  "));
        let here: BTreeSet<_> = CALLS.iter().map(|call| Cow::Borrowed(call.open)).collect();
        assert_eq!(here, keywords);
    }
}
