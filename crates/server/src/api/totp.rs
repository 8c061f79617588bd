//! Codes of a second factor that change every half minute (RFC 6238 over RFC 4226), as every app makes them: HMAC-SHA-1,
//! six digits.

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

/// Seconds in which a code stays the same.
const STEP: u64 = 30;
/// Codes before and after the present one that are taken, for clocks that differ.
const LEEWAY: u64 = 1;
const DIGITS: u32 = 6;

/// The step of a code, when it is one of now that follows all that were used.
pub(super) fn step_of(secret: &[u8], code: &str, seconds: u64, used: u64) -> Option<u64> {
    let now = seconds / STEP;
    let is_code = code.len() == DIGITS as usize && code.bytes().all(|byte| byte.is_ascii_digit());
    let given: u32 = code.parse().ok().filter(|_| is_code)?;
    let steps = now.saturating_sub(LEEWAY)..=now + LEEWAY;
    // All of them are looked at: how long it takes tells nothing.
    let found = steps.filter(|step| self::code(secret, *step, DIGITS) == given);
    found.filter(|step| *step > used).max()
}

/// The code of a step.
fn code(secret: &[u8], step: u64, digits: u32) -> u32 {
    // HMAC takes keys of every length.
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(secret) else { return u32::MAX };
    mac.update(&step.to_be_bytes());
    let hash = mac.finalize().into_bytes();
    let at = usize::from(hash[19] & 0xf);
    let cut = [hash[at] & 0x7f, hash[at + 1], hash[at + 2], hash[at + 3]];
    u32::from_be_bytes(cut) % 10_u32.pow(digits)
}

/// As apps want to be told a secret: base 32 (RFC 4648) without padding.
pub(super) fn base32(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut text = String::new();
    for five in bytes.chunks(5) {
        let mut whole = [0_u8; 8];
        whole[3..3 + five.len()].copy_from_slice(five);
        let bits = u64::from_be_bytes(whole);
        for letter in 0..(five.len() * 8).div_ceil(5) {
            text.push(char::from(LETTERS[(bits >> (35 - 5 * letter)) as usize & 31]));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &[u8] = b"12345678901234567890";

    #[test]
    fn codes_are_those_of_rfc_6238() {
        // Appendix B, the rows of SHA-1: eight digits.
        let table = [
            (59, 94_287_082),
            (1_111_111_109, 7_081_804),
            (1_111_111_111, 14_050_471),
            (1_234_567_890, 89_005_924),
            (2_000_000_000, 69_279_037),
            (20_000_000_000, 65_353_130),
        ];
        for (seconds, expected) in table {
            assert_eq!(code(SECRET, seconds / STEP, 8), expected, "{seconds}");
        }
    }

    #[test]
    fn codes_are_those_of_rfc_4226() {
        // Appendix D: six digits, by the counter.
        let table = [
            755_224, 287_082, 359_152, 969_429, 338_314, 254_676, 287_922, 162_583, 399_871,
            520_489,
        ];
        for (counter, expected) in table.into_iter().enumerate() {
            assert_eq!(code(SECRET, counter as u64, 6), expected, "{counter}");
        }
    }

    #[test]
    fn a_code_counts_once_and_only_about_now() {
        let at = |counter: u64| counter * STEP + 7;
        assert_eq!(step_of(SECRET, "338314", at(4), 0), Some(4));
        assert_eq!(step_of(SECRET, "338314", at(5), 3), Some(4));
        assert_eq!(step_of(SECRET, "338314", at(3), 3), Some(4));
        assert_eq!(step_of(SECRET, "338314", at(4), 4), None);
        assert_eq!(step_of(SECRET, "338314", at(6), 0), None);
        for wrong in ["", "33831", "3383140", "+38314", "338315", "33831４"] {
            assert_eq!(step_of(SECRET, wrong, at(4), 0), None, "{wrong}");
        }
    }

    #[test]
    fn secrets_are_told_in_letters() {
        // RFC 4648, section 10, without the padding.
        let table = [("", ""), ("f", "MY"), ("fo", "MZXQ"), ("foo", "MZXW6"), ("foob", "MZXW6YQ")];
        for (bytes, text) in
            table.into_iter().chain([("fooba", "MZXW6YTB"), ("foobar", "MZXW6YTBOI")])
        {
            assert_eq!(base32(bytes.as_bytes()), text);
        }
    }
}
