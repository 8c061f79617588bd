//! The published cases as they lie in the shared folder: found, read, counted.

use serde_json::Value;
use std::fmt::Debug;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// Where the cases lie; `None` where the folder is not there.
pub(crate) fn folder() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/oracles");
    folder.is_dir().then_some(folder)
}

/// The files that hold cases: they are numbered.
pub(crate) fn files() -> Vec<String> {
    let entries = std::fs::read_dir(folder().unwrap()).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut files: Vec<String> =
        names.filter(|name| name.starts_with(|first: char| first.is_ascii_digit())).collect();
    files.sort();
    files
}

pub(crate) fn text(file: &str) -> String {
    let path = folder().unwrap().join(file);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

pub(crate) fn json(file: &str) -> Value {
    serde_json::from_str(&text(file)).unwrap()
}

/// The rows of a file with a header, each as an object of texts.
pub(crate) fn csv(file: &str) -> Vec<Value> {
    let text = text(file);
    let mut lines = text.lines();
    let names: Vec<&str> = lines.next().unwrap().split(',').collect();
    let row = |line: &str| {
        let cells = line.split(',').map(|cell| Value::String(cell.to_owned()));
        Value::Object(names.iter().map(|name| (*name).to_owned()).zip(cells).collect())
    };
    lines.filter(|line| !line.is_empty()).map(row).collect()
}

/// How many cases a file holds, counted without any adapter: everything that has an id.
pub(crate) fn cases(file: &str) -> usize {
    if file.ends_with(".csv") {
        return csv(file).len();
    }
    let all = json(file);
    let lists = all.as_object().unwrap().values().filter_map(Value::as_array);
    lists.flatten().filter(|case| case.get("id").is_some()).count()
}

pub(crate) fn list<'a>(case: &'a Value, key: &str) -> &'a [Value] {
    case[key].as_array().map_or(&[], Vec::as_slice)
}

/// The field as a number of ours, from text or from a JSON number's shortest decimal text.
pub(crate) fn read<T: FromStr>(case: &Value, key: &str) -> Option<T>
where
    T::Err: Debug,
{
    let text = match case.get(key)? {
        Value::Null => return None,
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    Some(text.parse().unwrap_or_else(|error| panic!("{key} = {text}: {error:?} in {case}")))
}

pub(crate) fn need<T: FromStr>(case: &Value, key: &str) -> T
where
    T::Err: Debug,
{
    read(case, key).unwrap_or_else(|| panic!("no {key} in {case}"))
}

pub(crate) fn flag(case: &Value, key: &str) -> bool {
    case[key].as_bool().unwrap_or(false)
}

pub(crate) fn id(case: &Value) -> String {
    need(case, "id")
}

/// The field without its sign: ratios are written with one that says which way.
pub(crate) fn unsigned<T: FromStr>(case: &Value, key: &str) -> Option<T>
where
    T::Err: Debug,
{
    let text: String = read(case, key)?;
    Some(text.trim_start_matches('-').parse().unwrap())
}
