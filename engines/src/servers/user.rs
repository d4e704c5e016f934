//! Who a server runs as that refuses to run as root.

use std::fs;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use crate::store::Trouble;

/// A user of this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct User {
    id: u32,
    group: u32,
}

/// Somebody without privileges: the first of some users that is known here, or nobody. `None` if this program has none itself.
#[must_use]
pub fn unprivileged(names: &[&str]) -> Option<User> {
    if !rustix::process::geteuid().is_root() {
        return None;
    }
    const NOBODY: User = User {
        id: 65_534,
        group: 65_534,
    };
    let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let known = names.iter().find_map(|name| of(&users, name));
    Some(known.unwrap_or(NOBODY))
}

/// A user by name, as `/etc/passwd` has it: `name:password:id:group:...`.
fn of(users: &str, name: &str) -> Option<User> {
    let mut lines = users.lines().map(|line| line.split(':'));
    lines.find_map(|mut fields| {
        let is_it = fields.next()? == name;
        let id = fields.nth(1)?.parse().ok()?;
        let group = fields.next()?.parse().ok()?;
        is_it.then_some(User { id, group })
    })
}

impl User {
    /// Lets a command run as this user.
    pub fn runs(self, command: &mut Command) {
        command.uid(self.id).gid(self.group);
    }

    /// Gives this user a folder.
    ///
    /// # Errors
    ///
    /// If it is not there.
    pub fn owns(self, folder: &Path) -> Result<(), Trouble> {
        chown(folder, Some(self.id), Some(self.group))
            .map_err(Trouble::machine("a folder cannot be given to another user"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_found_by_their_names() {
        let users = "root:x:0:0:root:/root:/bin/bash\npostgres:x:101:103::/var:/bin/sh\nodd\n";
        let postgres = User {
            id: 101,
            group: 103,
        };
        assert_eq!(of(users, "postgres"), Some(postgres));
        assert_eq!(of(users, "odd"), None);
        assert_eq!(of(users, "post"), None);
    }
}
