//! What looks like a secret: it may stand in a file that only its owner reads, and is never shown.

/// Parts of names whose values are secrets.
const NAMES: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "api_key",
    "api-key",
    "apikey",
    "access_key",
    "private_key",
    "authorization",
    "totp",
];

/// Ends of names that say where a secret is, not what it is.
const PLACES: &[&str] = &["_file", "-file", "_path", "-path", "_dir", "-dir", "_env", "-env"];

/// What stands in the place of one.
pub(super) const HIDDEN: &str = "(hidden)";

/// Whether the value of a key of this name is one, or holds one.
pub(super) fn is_one(name: &str, value: &str) -> bool {
    (is_name(name) && !value.trim().is_empty() && !value.starts_with('$')) || holds_one(value)
}

/// Whether a text has one somewhere: `--token=abc`, `Bearer abc`, `https://me:abc@host`, a key in PEM.
pub(super) fn holds_one(text: &str) -> bool {
    let lower = text.to_lowercase();
    if lower.contains("bearer ") && !lower.contains("bearer $") || lower.contains("-----begin") {
        return true;
    }
    if lower.split("://").skip(1).any(has_password) {
        return true;
    }
    lower.match_indices(['=', ':']).any(|(at, sign)| {
        let before = lower[..at].trim_end();
        let start = before.rfind(|c: char| !is_name_letter(c)).map_or(0, |at| at + 1);
        let value = lower[at + sign.len()..].trim_start().trim_start_matches(['"', '\'']);
        is_name(&before[start..]) && !value.is_empty() && !value.starts_with(['$', '"', '\''])
    })
}

/// What follows `://` begins with `name:password@`.
fn has_password(rest: &str) -> bool {
    let host = rest.split(['/', ' ', '"']).next().unwrap_or("");
    let Some((user, _)) = host.rsplit_once('@') else { return false };
    user.split_once(':').is_some_and(|(_, word)| !word.is_empty() && !word.starts_with('$'))
}

fn is_name_letter(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '-'
}

fn is_name(name: &str) -> bool {
    let name = name.to_lowercase();
    NAMES.iter().any(|part| name.contains(part)) && !PLACES.iter().any(|end| name.ends_with(end))
}

/// The text with every secret line blotted out behind its first `=`, every byte in its place.
pub(super) fn blot(text: &str) -> String {
    let mut blotted = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        match line.find('=') {
            Some(at) if holds_one(line) => {
                blotted.push_str(&line[..=at]);
                let rest = line[at + 1..].bytes();
                blotted.extend(
                    rest.map(
                        |byte| if byte.is_ascii_whitespace() { char::from(byte) } else { '*' },
                    ),
                );
            }
            Some(_) | None => blotted.push_str(line),
        }
    }
    blotted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_told_from_what_only_points_at_them() {
        for text in [
            "curl -H 'Authorization: Bearer abc'",
            "send --token=abc",
            "https://me:abc@host/x",
            "api_key = \"abc\"",
            "-----BEGIN PRIVATE KEY-----",
        ] {
            assert!(holds_one(text), "{text}");
        }
        for text in [
            "send --token-file=/etc/token",
            "send --token=$TOKEN",
            "curl -H \"Authorization: $(cat /etc/header)\"",
            "https://host/x",
            "git@host:repository",
            "checkpoint_hook = \"\"",
            "token = \"\"",
        ] {
            assert!(!holds_one(text), "{text}");
        }
        assert!(is_one("telegram_token", "abc") && !is_one("token_file", "/etc/token"));
    }

    #[test]
    fn a_blot_moves_nothing() {
        let text = "a = 1\ntoken = \"ab₹c\" # x\nb = 2\n";
        let blotted = blot(text);
        assert_eq!(blotted.len(), text.len());
        assert_eq!(blotted, "a = 1\ntoken = ******** * *\nb = 2\n");
    }
}
