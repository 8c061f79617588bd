//! What most things don't have: a value that is as usual takes one word, any other a place of its own; and what many
//! things have alike is kept once.
//!
//! Both read, compare, print and are written down exactly as the value itself.

use alloc::boxed::Box;
use alloc::sync::Arc;
use core::fmt;
use core::ops::{Deref, DerefMut};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What a value mostly is.
pub(crate) trait Usual: Default + PartialEq + 'static {
    const USUAL: &'static Self;
}

impl<T: PartialEq + 'static> Usual for Option<T> {
    const USUAL: &'static Option<T> = &None;
}

/// A value that is seldom another than the usual.
#[derive(Clone)]
pub(crate) struct Rare<T>(Option<Box<T>>);

impl<T> Rare<T> {
    pub(crate) const USUAL: Rare<T> = Rare(None);
}

impl<T: Usual> Rare<T> {
    pub(crate) fn of(value: T) -> Rare<T> {
        Rare((value != *T::USUAL).then(|| Box::new(value)))
    }

    /// As [`Rare::of`], copying only what is not as usual.
    pub(crate) fn like(value: &T) -> Rare<T>
    where
        T: Clone,
    {
        Rare((*value != *T::USUAL).then(|| Box::new(value.clone())))
    }

    pub(crate) fn set(&mut self, value: T) {
        *self = Rare::of(value);
    }

    pub(crate) fn is_usual(&self) -> bool {
        **self == *T::USUAL
    }

    pub(crate) fn take(&mut self) -> T {
        self.0.take().map_or_else(T::default, |value| *value)
    }
}

impl<T> Default for Rare<T> {
    fn default() -> Rare<T> {
        Rare(None)
    }
}

impl<T: Usual> Deref for Rare<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.0.as_deref().unwrap_or(T::USUAL)
    }
}

/// Takes the place, whatever is then written: to put the usual back, `set` it.
impl<T: Usual> DerefMut for Rare<T> {
    fn deref_mut(&mut self) -> &mut T {
        self.0.get_or_insert_default()
    }
}

impl<T: Usual> PartialEq for Rare<T> {
    fn eq(&self, other: &Rare<T>) -> bool {
        **self == **other
    }
}

impl<T: Usual + fmt::Debug> fmt::Debug for Rare<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: Usual + Serialize> Serialize for Rare<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (**self).serialize(serializer)
    }
}

impl<'de, T: Usual + Deserialize<'de>> Deserialize<'de> for Rare<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Rare<T>, D::Error> {
        T::deserialize(deserializer).map(Rare::of)
    }
}

/// A value that many hold alike: it is kept once, and a copy costs O(1).
#[derive(Debug, PartialEq, Eq)]
pub struct Shared<T>(Arc<T>);

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Shared<T> {
        Shared(Arc::clone(&self.0))
    }
}

impl<T: PartialEq> Shared<T> {
    /// The same, in the place of `like` if that is equal.
    pub(crate) fn like(&self, like: Option<&Shared<T>>) -> Shared<T> {
        match like {
            Some(like) if Arc::ptr_eq(&like.0, &self.0) || **like == **self => like.clone(),
            _ => self.clone(),
        }
    }
}

impl<T> From<T> for Shared<T> {
    fn from(value: T) -> Shared<T> {
        Shared(Arc::new(value))
    }
}

impl<T> Deref for Shared<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: Serialize> Serialize for Shared<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (**self).serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Shared<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Shared<T>, D::Error> {
        T::deserialize(deserializer).map(Shared::from)
    }
}

/// What follows from the rest and is kept for speed: it is written down nowhere and makes no difference.
#[derive(Clone, Copy, Default)]
pub(crate) struct Memo<T>(pub(crate) Option<T>);

impl<T> PartialEq for Memo<T> {
    fn eq(&self, _: &Memo<T>) -> bool {
        true
    }
}

impl<T> fmt::Debug for Memo<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Memo")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_takes_no_place_and_reads_alike() {
        let mut seldom: Rare<Option<u64>> = Rare::default();
        assert_eq!((*seldom, seldom.0.is_none()), (None, true));
        seldom.set(Some(7));
        assert_eq!(*seldom, Some(7));
        seldom.set(None);
        assert!(seldom.0.is_none());
        *seldom = Some(8);
        assert_eq!(serde_json::to_string(&seldom).unwrap(), "8");
        assert_eq!(serde_json::from_str::<Rare<Option<u64>>>("null").unwrap(), Rare::default());
    }

    #[test]
    fn equal_neighbours_share_a_place() {
        let one = Shared::from(7);
        assert!(Arc::ptr_eq(&one.0, &Shared::from(7).like(Some(&one)).0));
        assert!(!Arc::ptr_eq(&one.0, &Shared::from(8).like(Some(&one)).0));
    }
}
