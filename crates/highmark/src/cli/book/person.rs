//! Who sits at the keyboard, as the record keeps it.

use std::os::unix::fs::MetadataExt;

/// The login name of this process's user. It is a note for the record, not a right: whoever may open the socket
/// may say anything.
pub(crate) fn login_name() -> String {
    // The owner of /proc/self is the user of this process, with no call that needs unsafe code.
    let uid = std::fs::metadata("/proc/self").ok().map(|about| about.uid());
    let named = uid.and_then(|uid| name_in(&std::fs::read_to_string("/etc/passwd").ok()?, uid));
    let told = || ["LOGNAME", "USER"].iter().find_map(|name| std::env::var(name).ok());
    named
        .or_else(told)
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| uid.map_or_else(|| "unknown".into(), |uid| format!("user {uid}")))
}

fn name_in(passwd: &str, uid: u32) -> Option<String> {
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        let number: u32 = fields.nth(1)?.parse().ok()?;
        (number == uid).then(|| name.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_named_by_number() {
        let passwd = "root:x:0:0:root:/srv:/bin/sh\nasha:x:1000:1000::/srv/asha:/bin/sh\n";
        assert_eq!(name_in(passwd, 1000).as_deref(), Some("asha"));
        assert_eq!(name_in(passwd, 7), None);
        assert!(!login_name().is_empty());
    }
}
