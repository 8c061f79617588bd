//! Where counting begins and ends.

use std::hint::black_box;

/// Runs one operation. The counter is switched on when this is entered and off when it is left, so it stays a
/// function of its own.
#[inline(never)]
pub(crate) fn counted(operation: &mut dyn FnMut()) {
    operation();
    // Whatever stands last is no call, or it would become a jump out of the function.
    black_box(());
}
