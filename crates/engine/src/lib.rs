//! The domain of Highmark: marks trades and scopes to market, trails stops, decides exits.
//!
//! [`Engine::step`] decides and [`Engine::apply`] folds. Nothing here can do I/O, read a clock, spawn a
//! thread, draw a random number or compute with floats; it cannot fail, and a refused command is an event.

#![cfg_attr(not(test), no_std)]
#![deny(clippy::float_arithmetic)]

extern crate alloc;

mod decimal;
mod engine;
mod event;
mod few;
mod ids;
mod index;
mod input;
mod instrument;
mod money;
mod rare;
pub mod rules;
mod scoped;
mod sets;
mod state;
mod step;
mod tick;
mod time;
mod view;
mod wide;

pub use decimal::ParseError;
pub use engine::Engine;
pub use event::*;
pub use ids::*;
pub use input::*;
pub use instrument::*;
pub use money::*;
pub use rare::Shared;
pub use rules::spec::*;
pub use state::State;
pub use tick::{Tick, TickKind, TickRefusal};
pub use time::*;
pub use view::*;
