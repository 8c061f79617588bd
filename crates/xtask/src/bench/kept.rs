//! `docs/counts.toml`: instructions of the hot paths as they were last kept, and on what they depend.

use std::fmt::Write as _;

const HEAD: &str = "\
# Instructions of the engine's hot paths, for each operation on average.
# `cargo xtask bench counts` counts them again and tells the change; with --write it writes this file.";

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Kept {
    pub(super) conditions: Conditions,
    /// Name, instructions of an operation, what an operation is.
    pub(super) counts: Vec<(String, f64, String)>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Conditions {
    pub(super) compiler: String,
    pub(super) target: String,
    /// `on` or `off`.
    pub(super) overflow_checks: String,
    /// It copies memory and gives it out.
    pub(super) libc: String,
    pub(super) valgrind: String,
}

impl Kept {
    pub(super) fn count(&self, name: &str) -> Option<f64> {
        self.counts.iter().find(|(other, ..)| other == name).map(|(_, count, _)| *count)
    }

    pub(super) fn told(&self) -> String {
        let mut text = format!("{HEAD}\n\n");
        for (name, value) in self.conditions.all() {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{name} = \"{value}\"");
        }
        text.push_str("\n[instructions]\n");
        for (name, count, what) in &self.counts {
            let _ = writeln!(text, "{:<28} # {what}", format!("{name} = {count:.1}"));
        }
        text
    }

    /// Reads what `told` writes.
    pub(super) fn read(text: &str) -> Result<Kept, String> {
        let mut kept = Kept { conditions: Conditions::default(), counts: Vec::new() };
        for line in text.lines().map(str::trim) {
            if line.is_empty() || line.starts_with(['#', '[']) {
                continue;
            }
            let (name, value) =
                line.split_once(" = ").ok_or_else(|| format!("this is no count: {line}"))?;
            if let Some(text) = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
                kept.conditions.set(name, text);
                continue;
            }
            let (count, what) = value.split_once('#').unwrap_or((value, ""));
            let count = count.trim().parse();
            let count = count.map_err(|_| format!("this is no count: {line}"))?;
            kept.counts.push((name.to_owned(), count, what.trim().to_owned()));
        }
        Ok(kept)
    }
}

impl Conditions {
    /// What changes figures though the engine has not changed.
    pub(super) fn differences(&self, kept: &Conditions) -> Vec<String> {
        let both = self.all().into_iter().zip(kept.all());
        let differ = both.filter(|((_, now), (_, then))| now != then);
        differ.map(|((name, now), (_, then))| format!("{name}: {now}, kept with {then}")).collect()
    }

    fn all(&self) -> [(&'static str, &str); 5] {
        [
            ("compiler", &self.compiler),
            ("target", &self.target),
            ("overflow_checks", &self.overflow_checks),
            ("libc", &self.libc),
            ("valgrind", &self.valgrind),
        ]
    }

    fn set(&mut self, name: &str, value: &str) {
        let field = match name {
            "compiler" => &mut self.compiler,
            "target" => &mut self.target,
            "overflow_checks" => &mut self.overflow_checks,
            "libc" => &mut self.libc,
            "valgrind" => &mut self.valgrind,
            _ => return,
        };
        value.clone_into(field);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn conditions(compiler: &str) -> Conditions {
        let mut conditions = Conditions::default();
        for name in ["target", "overflow_checks", "libc", "valgrind"] {
            conditions.set(name, "x");
        }
        conditions.set("compiler", compiler);
        conditions
    }

    #[test]
    fn what_is_kept_is_read_again() {
        let counts = vec![
            ("quiet-3-1k".to_owned(), 879.1, "a quiet tick".to_owned()),
            ("fold".to_owned(), 10.0, "facts".to_owned()),
        ];
        let kept = Kept { conditions: conditions("1.95.0"), counts };
        assert_eq!(Kept::read(&kept.told()), Ok(kept.clone()));
        assert_eq!((kept.count("fold"), kept.count("open")), (Some(10.0), None));
        Kept::read("fold = many").expect_err("a count is a number");
    }

    #[test]
    fn another_compiler_is_told() {
        let told = conditions("1.96.0").differences(&conditions("1.95.0"));
        assert_eq!(told, ["compiler: 1.96.0, kept with 1.95.0"]);
        assert!(conditions("a").differences(&conditions("a")).is_empty());
    }
}
