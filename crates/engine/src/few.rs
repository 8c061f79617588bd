//! A list that is mostly short: up to three stand in place, more in a place of their own.
//!
//! It reads, compares, prints and is written down exactly as a vector of the same.

use alloc::vec::Vec;
use core::fmt;
use core::ops::Deref;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

#[derive(Clone)]
pub(crate) struct Few<T>(Kept<T>);

#[derive(Clone)]
enum Kept<T> {
    Here { count: u8, items: [T; 3] },
    Apart(Vec<T>),
}

impl<T: Copy + Default> Few<T> {
    pub(crate) fn push(&mut self, item: T) {
        match &mut self.0 {
            Kept::Here { count, items } => match items.get_mut(usize::from(*count)) {
                Some(place) => {
                    *place = item;
                    *count += 1;
                }
                None => {
                    let mut all = Vec::with_capacity(8);
                    all.extend_from_slice(items);
                    all.push(item);
                    self.0 = Kept::Apart(all);
                }
            },
            Kept::Apart(items) => items.push(item),
        }
    }
}

impl<T> Deref for Few<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        match &self.0 {
            Kept::Here { count, items } => &items[..usize::from(*count)],
            Kept::Apart(items) => items,
        }
    }
}

impl<T: Copy + Default> Default for Few<T> {
    fn default() -> Few<T> {
        Few(Kept::Here { count: 0, items: [T::default(); 3] })
    }
}

impl<T: Copy + Default> FromIterator<T> for Few<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Few<T> {
        let mut few = Few::default();
        items.into_iter().for_each(|item| few.push(item));
        few
    }
}

impl<'a, T> IntoIterator for &'a Few<T> {
    type Item = &'a T;
    type IntoIter = core::slice::Iter<'a, T>;

    fn into_iter(self) -> core::slice::Iter<'a, T> {
        self.iter()
    }
}

impl<T: PartialEq> PartialEq for Few<T> {
    fn eq(&self, other: &Few<T>) -> bool {
        **self == **other
    }
}

impl<T: fmt::Debug> fmt::Debug for Few<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: Serialize> Serialize for Few<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (**self).serialize(serializer)
    }
}

impl<'de, T: Copy + Default + Deserialize<'de>> Deserialize<'de> for Few<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Few<T>, D::Error> {
        Vec::deserialize(deserializer).map(|items| items.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    #[test]
    fn a_few_read_as_a_vector_does_however_many_they_are() {
        let mut few = Few::default();
        let mut all = Vec::new();
        for item in 0..10u32 {
            assert_eq!((&*few, format!("{few:?}")), (&*all, format!("{all:?}")));
            let text = serde_json::to_string(&few).unwrap();
            assert_eq!(text, serde_json::to_string(&all).unwrap());
            assert_eq!(serde_json::from_str::<Few<u32>>(&text).unwrap(), few);
            few.push(item);
            all.push(item);
        }
    }

    #[test]
    fn three_ids_take_no_more_than_an_empty_vector() {
        assert_eq!(size_of::<Few<crate::ids::RuleId>>(), size_of::<Vec<u32>>());
    }
}
