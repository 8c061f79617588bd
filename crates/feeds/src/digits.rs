//! Whole numbers from their digits, eight at a time.

/// The number that nothing but digits says, at least one and at most nineteen.
pub(crate) fn digits(text: &[u8]) -> Option<i64> {
    if text.is_empty() || text.len() > 19 {
        return None;
    }
    let (eights, tail) = text.as_chunks();
    let mut value = 0i64;
    for eight in eights {
        value = value * 100_000_000 + eight_digits(*eight)?;
    }
    tail.iter().try_fold(value, |value, byte| {
        if !byte.is_ascii_digit() {
            return None;
        }
        value.checked_mul(10)?.checked_add(i64::from(byte - b'0'))
    })
}

/// Neighbours are joined to pairs, pairs to fours, fours to the whole (Lemire, 2018).
fn eight_digits(text: [u8; 8]) -> Option<i64> {
    const HIGH: u64 = u64::from_ne_bytes([0xf0; 8]);
    const ZEROS: u64 = u64::from_ne_bytes([b'0'; 8]);
    let word = u64::from_le_bytes(text);
    let above = word.wrapping_add(u64::from_ne_bytes([6; 8]));
    if word & HIGH != ZEROS || above & HIGH != ZEROS {
        return None;
    }
    let word = word - ZEROS;
    let pairs = (word * 10 + (word >> 8)) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs * 100 + (pairs >> 16)) & 0x0000_ffff_0000_ffff;
    let whole = (fours & 0xffff) * 10_000 + (fours >> 32);
    Some(whole.cast_signed())
}

/// Powers of ten.
pub(crate) const POWERS: [i64; 9] =
    [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_read_at_every_length() {
        let all = "1234567890123456789";
        for length in 1..=19 {
            let text = &all[..length];
            assert_eq!(digits(text.as_bytes()), text.parse().ok());
            for at in 0..length {
                for byte in [b'/', b':', b'.', b'p', 0xb1, 0] {
                    let mut text = text.as_bytes().to_vec();
                    text[at] = byte;
                    assert_eq!(digits(&text), None);
                }
            }
        }
        assert_eq!(digits(b"9223372036854775807"), Some(i64::MAX));
        assert_eq!(digits(b"9223372036854775808"), None);
    }
}
