//! Padding: what is sealed is made longer in steps, so that the length of the ciphertext says little about the
//! child inside. A record of a few hundred bytes and one with a long account of visits look alike.
//!
//! ```text
//! plain padded   length u32, big-endian | plain | zeros up to the next step
//! ```

use zeroize::Zeroizing;

/// Up to [`COARSE`] the steps are these.
const FINE: usize = 512;
/// From here on the steps are as large as this.
const COARSE: usize = 4 << 10;
/// The length before the plain bytes.
const PREFIX: usize = 4;

/// How long `plain` bytes are when they are padded: steps of 512 B up to 4 KiB, of 4 KiB above.
pub(super) const fn padded(plain: usize) -> usize {
    let whole = plain.saturating_add(PREFIX);
    whole.next_multiple_of(if whole <= COARSE { FINE } else { COARSE })
}

/// `plain` with its length before it and zeros behind.
///
/// # Panics
/// For 4 GiB and more: nothing that is sealed comes near it.
pub(super) fn pad(plain: &[u8]) -> Zeroizing<Vec<u8>> {
    let length = u32::try_from(plain.len()).expect("no message is 4 GiB long");
    let mut out = Zeroizing::new(Vec::with_capacity(padded(plain.len())));
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(plain);
    out.resize(padded(plain.len()), 0);
    out
}

/// What was padded; `None` when it was not padded so.
pub(super) fn unpad(padded: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (length, rest) = padded.split_first_chunk::<PREFIX>()?;
    let (plain, zeros) = rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
    zeros.iter().all(|zero| *zero == 0).then(|| Zeroizing::new(plain.to_vec()))
}

#[cfg(test)]
mod tests {
    use super::{pad, padded, unpad};

    #[test]
    fn lengths_go_up_in_steps() {
        for (plain, whole) in [
            (0, 512),
            (508, 512),
            (509, 1_024),
            (4_092, 4_096),
            (4_093, 8_192),
            (8_188, 8_192),
            (8_189, 12_288),
            (60_000, 61_440),
        ] {
            assert_eq!(padded(plain), whole, "{plain}");
            let bytes = vec![7; plain];
            let long = pad(&bytes);
            assert_eq!((long.len(), unpad(&long).as_deref()), (whole, Some(&bytes)), "{plain}");
        }
    }

    #[test]
    fn what_was_not_padded_is_told_from_it() {
        for none in [b"".as_slice(), &[0, 0], &[0, 0, 0, 9, 1], &[0, 0, 0, 1, 5, 5]] {
            assert_eq!(unpad(none), None, "{none:?}");
        }
    }
}
