//! `cargo xtask purity`: puts one offender of each kind into a copy of the engine and expects the compiler to object.

use crate::Outcome;
use crate::command::{Workspace, expect_only};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

pub(crate) const HELP: &str = "\
Usage: cargo xtask purity

Copies the engine's sources under target/purity and runs clippy on the library: the copy must pass.
Then each file of crates/xtask/offenders becomes a module of the copy, alone; clippy must refuse it for
the reason that its first line names (an error code or a lint), in that module, and for no other reason.";

const OFFENDERS: &str = "crates/xtask/offenders";
const ENGINE: &str = "crates/engine";

pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Outcome {
    expect_only(arguments, &[])?;
    let offenders = offenders(workspace)?;
    let copy = Copy::make(workspace)?;
    let started = Instant::now();
    let untouched = copy.errors(workspace)?;
    if !untouched.is_empty() {
        return Err(format!("the untouched engine does not pass:\n{}", told(&untouched)));
    }
    println!("pass    the untouched engine ({:.1} s)", started.elapsed().as_secs_f32());
    for offender in &offenders {
        let started = Instant::now();
        copy.take_in(offender)?;
        offender.judge(&copy.errors(workspace)?)?;
        let seconds = started.elapsed().as_secs_f32();
        println!("refused {}: {} ({seconds:.1} s)", offender.name, offender.reason);
    }
    println!("purity: {} offenders refused", offenders.len());
    Ok(())
}

/// A module that the engine must refuse, and why.
struct Offender {
    name: String,
    text: String,
    reason: String,
}

fn offenders(workspace: &Workspace) -> Result<Vec<Offender>, String> {
    let folder = workspace.root.join(OFFENDERS);
    let entries =
        fs::read_dir(&folder).map_err(|error| format!("cannot list {OFFENDERS}: {error}"))?;
    let mut names: Vec<String> =
        entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    if names.is_empty() {
        return Err(format!("{OFFENDERS} is empty: nothing would be proved"));
    }
    let read = |name: String| {
        let text = workspace.read(&format!("{OFFENDERS}/{name}"))?;
        Offender::parse(name, text)
    };
    names.into_iter().map(read).collect()
}

impl Offender {
    fn parse(name: String, text: String) -> Result<Offender, String> {
        let first = text.lines().next().and_then(|line| line.strip_prefix("//! "));
        let reason =
            first.and_then(|line| line.split_once(": ")).map(|(reason, _)| reason.to_owned());
        let reason = reason.ok_or_else(|| {
            format!("{OFFENDERS}/{name}: the first line must read `//! <code or lint>: <sentence>`")
        })?;
        Ok(Offender { name, text, reason })
    }

    /// There is an error, each is the expected one, and each points at the offender.
    fn judge(&self, errors: &[String]) -> Outcome {
        let code = format!("\"code\":{{\"code\":\"{}\"", self.reason);
        let place = format!("\"file_name\":\"src/{MODULE}.rs\"");
        let is_expected = |error: &&String| error.contains(&code) && error.contains(&place);
        let other: Vec<String> =
            errors.iter().filter(|error| !is_expected(error)).cloned().collect();
        if errors.is_empty() {
            Err(format!("the engine took in {}: nothing refused {}", self.name, self.reason))
        } else if !other.is_empty() {
            let reason = &self.reason;
            Err(format!(
                "{} was refused for another reason than {reason}:\n{}",
                self.name,
                told(&other)
            ))
        } else {
            Ok(())
        }
    }
}

/// What the offender is called inside the copy.
const MODULE: &str = "offender";

/// The engine's library in a package of its own.
struct Copy {
    folder: PathBuf,
    library: String,
}

impl Copy {
    fn make(workspace: &Workspace) -> Result<Copy, String> {
        let folder = workspace.root.join("target").join("purity");
        let sources = folder.join("src");
        if sources.exists() {
            fs::remove_dir_all(&sources)
                .map_err(|error| format!("cannot empty the copy: {error}"))?;
        }
        copy_folder(&workspace.root.join(ENGINE).join("src"), &sources)
            .map_err(|error| format!("cannot copy the engine: {error}"))?;
        let manifest = manifest(
            &workspace.read(&format!("{ENGINE}/Cargo.toml"))?,
            &workspace.read("Cargo.toml")?,
        )?;
        let library = workspace.read(&format!("{ENGINE}/src/lib.rs"))?;
        let copy = Copy { folder, library };
        copy.write("Cargo.toml", &manifest)?;
        // The same versions as the workspace's, so that nothing new is looked for.
        copy.write("Cargo.lock", &workspace.read("Cargo.lock")?)?;
        Ok(copy)
    }

    fn write(&self, name: &str, text: &str) -> Outcome {
        let written = fs::write(self.folder.join(name), text);
        written.map_err(|error| format!("cannot write the copy's {name}: {error}"))
    }

    fn take_in(&self, offender: &Offender) -> Outcome {
        self.write(&format!("src/{MODULE}.rs"), &offender.text)?;
        self.write("src/lib.rs", &format!("{}\npub mod {MODULE};\n", self.library))
    }

    /// The compiler's and clippy's errors on the library, one JSON line each; an error when cargo itself fails.
    fn errors(&self, workspace: &Workspace) -> Result<Vec<String>, String> {
        let mut command = workspace.cargo(&["clippy", "--lib", "--quiet", "--message-format=json"]);
        command.current_dir(&self.folder).env_remove("RUSTFLAGS");
        command.env("CARGO_TARGET_DIR", self.folder.join("target"));
        let output = command.output().map_err(|error| format!("cannot start cargo: {error}"))?;
        let lines = String::from_utf8_lossy(&output.stdout).into_owned();
        let errors: Vec<String> =
            lines.lines().filter(|line| is_error(line)).map(str::to_owned).collect();
        if output.status.success() == errors.is_empty() {
            Ok(errors)
        } else {
            Err(format!(
                "cargo could not check the copy:\n{}",
                String::from_utf8_lossy(&output.stderr)
            ))
        }
    }
}

/// A compiler message of level error that has a code; the closing "aborting due to" has none.
fn is_error(line: &str) -> bool {
    line.contains("\"reason\":\"compiler-message\"")
        && line.contains("\"level\":\"error\"")
        && !line.contains("\"code\":null,\"level\":\"error\",\"message\":\"aborting")
}

/// The messages as the compiler would have printed them.
fn told(errors: &[String]) -> String {
    errors.iter().map(|line| rendered(line)).collect::<Vec<_>>().join("\n")
}

/// The longest `rendered` text of a message; those of its children are null or shorter.
fn rendered(line: &str) -> String {
    let texts = line.split("\"rendered\":\"").skip(1).map(unquoted);
    texts.max_by_key(String::len).unwrap_or_else(|| line.to_owned())
}

/// What stands before the closing quote of a JSON string.
fn unquoted(rest: &str) -> String {
    let mut text = String::new();
    let mut letters = rest.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => break,
            '\\' => match letters.next() {
                Some('n') => text.push('\n'),
                Some(other) => text.push(other),
                None => break,
            },
            _ => text.push(letter),
        }
    }
    text
}

pub(crate) fn copy_folder(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// The engine's manifest as a workspace of its own: its dependencies as the root manifest gives them.
pub(crate) fn manifest(engine: &str, root: &str) -> Result<String, String> {
    let edition = section(root, "[workspace.package]").find(|line| line.starts_with("edition"));
    let edition = edition.ok_or("the root manifest names no edition")?;
    let mut dependencies = String::new();
    for line in section(engine, "[dependencies]").filter(|line| line.contains('=')) {
        let name = line.split(['.', '=', ' ']).next().unwrap_or_default();
        let given = section(root, "[workspace.dependencies]")
            .find(|line| line.split(['=', ' ']).next() == Some(name));
        let given = given.ok_or_else(|| format!("the root manifest does not give `{name}`"))?;
        dependencies.push_str(given);
        dependencies.push('\n');
    }
    let package = "[workspace]\n\n[package]\nname = \"highmark-engine\"\nversion = \"0.0.0\"";
    let profile = "[profile.dev]\ndebug = false";
    Ok(format!("{package}\n{edition}\n\n{profile}\n\n[dependencies]\n{dependencies}"))
}

fn section<'a>(manifest: &'a str, header: &str) -> impl Iterator<Item = &'a str> {
    let lines = manifest.lines().skip_while(move |line| line.trim() != header).skip(1);
    lines.take_while(|line| !line.starts_with('['))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn float() -> Offender {
        let text = "//! clippy::float_arithmetic: no floats.\n".to_owned();
        Offender::parse("float.rs".to_owned(), text).expect("a well-formed first line")
    }

    fn error(code: &str, file: &str) -> String {
        format!("{{\"code\":{{\"code\":\"{code}\"}},\"spans\":[{{\"file_name\":\"{file}\"}}]}}")
    }

    #[test]
    fn only_the_stated_reason_in_the_offender_counts() {
        let expected = error("clippy::float_arithmetic", "src/offender.rs");
        assert_eq!(float().judge(std::slice::from_ref(&expected)), Ok(()));
        assert!(float().judge(&[]).is_err());
        assert!(float().judge(&[error("E0433", "src/offender.rs")]).is_err());
        assert!(float().judge(&[error("clippy::float_arithmetic", "src/lib.rs")]).is_err());
        assert!(float().judge(&[expected, error("E0308", "src/lib.rs")]).is_err());
    }

    #[test]
    fn a_message_is_told_as_the_compiler_prints_it() {
        let line = "{\"children\":[{\"rendered\":null}],\"rendered\":\"error: `a`\\n --> \\\"b\\\"\",\"spans\":[]}";
        assert_eq!(rendered(line), "error: `a`\n --> \"b\"");
    }

    #[test]
    fn an_offender_without_a_reason_is_refused() {
        assert!(Offender::parse("x.rs".to_owned(), "fn a() {}\n".to_owned()).is_err());
    }

    #[test]
    fn the_copy_has_the_engines_dependencies_and_no_others() {
        let engine =
            "[package]\nname = \"e\"\n\n[dependencies]\nserde.workspace = true\n\n[lints]\nx = 1\n";
        let root = "[workspace.package]\nedition = \"2024\"\n[workspace.dependencies]\nserde_json = \"2\"\nserde = \"1\"\n";
        let manifest = manifest(engine, root).expect("both are well-formed");
        assert!(
            manifest.contains("edition = \"2024\"")
                && manifest.ends_with("[dependencies]\nserde = \"1\"\n")
        );
        assert!(super::manifest(engine, "[workspace.package]\nedition = \"2024\"\n").is_err());
    }
}
