//! Characters that people copy from paper: Crockford's 32, which have no `I`, `L`, `O` and `U`, and six
//! check characters of the code of BIP 173 and 350, which finds any four wrong characters in a text of up to
//! 89, whatever they are.

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// How many check characters there are.
pub(super) const CHECK: usize = 6;

/// The character of a symbol below 32.
pub(super) fn character(symbol: u8) -> char {
    char::from(ALPHABET[usize::from(symbol & 31)])
}

/// The symbol of a character as people write it: small or full-width, `O` for zero, `I` or `L` for one.
pub(super) fn symbol(written: char) -> Option<u8> {
    let character = match narrow(written).to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    ALPHABET.iter().position(|a| char::from(*a) == character).and_then(|at| u8::try_from(at).ok())
}

/// Whether a character only parts groups.
pub(super) fn is_gap(written: char) -> bool {
    written.is_whitespace() || matches!(narrow(written), '-' | '‐'..='―' | '−' | '_' | '.' | '·')
}

/// A full-width character, as a Chinese keyboard gives it, as the plain one.
fn narrow(written: char) -> char {
    match written {
        '！'..='～' => char::from_u32(written as u32 - 0xfee0).unwrap_or(written),
        other => other,
    }
}

/// Bytes as symbols of five bits, the last one filled with zeros.
pub(super) fn symbols(bytes: &[u8]) -> Vec<u8> {
    let bit = |i: usize| bytes.get(i / 8).map_or(0, |byte| byte >> (7 - i % 8) & 1);
    (0..bytes.len() * 8).step_by(5).map(|at| (at..at + 5).fold(0, |symbol, i| symbol << 1 | bit(i))).collect()
}

/// How many symbols stand for `bytes` bytes.
pub(super) const fn symbols_for(bytes: usize) -> usize {
    (bytes * 8).div_ceil(5)
}

/// The whole bytes of `symbols`; bits left over are dropped.
pub(super) fn bytes(symbols: &[u8]) -> Vec<u8> {
    let bit = |i: usize| symbols[i / 5] >> (4 - i % 5) & 1;
    (0..symbols.len() * 5 / 8).map(|at| (at * 8..at * 8 + 8).fold(0, |byte, i| byte << 1 | bit(i))).collect()
}

/// The check symbols for `symbols`.
pub(super) fn check(symbols: &[u8]) -> [u8; CHECK] {
    let sum = remainder(symbols.iter().copied().chain([0; CHECK])) ^ GOOD;
    std::array::from_fn(|i| (sum >> (5 * (CHECK - 1 - i)) & 31) as u8)
}

/// Whether `symbols` end with their right check symbols.
pub(super) fn is_good(symbols: &[u8]) -> bool {
    remainder(symbols.iter().copied()) == GOOD
}

/// Where one wrong symbol stands, when a single change makes the text good.
///
/// The check is linear: what a mistake does to the sum depends on its place and on the change alone.
pub(super) fn one_wrong(symbols: &[u8]) -> Option<usize> {
    let off = remainder(symbols.iter().copied()) ^ GOOD;
    let mut mistakes: [u32; 31] = std::array::from_fn(|change| change as u32 + 1);
    (0..symbols.len()).rev().find(|_| {
        let found = mistakes.contains(&off);
        mistakes = mistakes.map(|sum| step(sum, 0));
        found
    })
}

const GOOD: u32 = 0x2bc8_30a3;

fn remainder(symbols: impl Iterator<Item = u8>) -> u32 {
    symbols.fold(1, step)
}

fn step(sum: u32, symbol: u8) -> u32 {
    const GENERATOR: [u32; 5] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3];
    let top = sum >> 25;
    let shifted = (sum & 0x01ff_ffff) << 5 ^ u32::from(symbol);
    GENERATOR.iter().enumerate().filter(|(i, _)| top >> i & 1 == 1).fold(shifted, |sum, (_, g)| sum ^ g)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_may_write_as_they_do() {
        for (written, symbol_) in
            [('0', 0), ('o', 0), ('O', 0), ('l', 1), ('I', 1), ('z', 31), ('Ａ', 10), ('１', 1)]
        {
            assert_eq!(symbol(written), Some(symbol_), "{written}");
        }
        for written in ['U', 'u', '!', '学', '-'] {
            assert_eq!(symbol(written), None, "{written}");
        }
        assert!([' ', '\u{3000}', '-', '－', '—', '–', '\n'].into_iter().all(is_gap));
    }

    #[test]
    fn the_check_is_the_one_of_bip_350() {
        // "A1LQFN3A": prefix "a", no data, the check "lqfn3a" in that standard's own alphabet
        let expanded = [3, 0, 1];
        assert_eq!(check(&expanded), [31, 0, 9, 19, 17, 29]);
    }

    #[test]
    fn bytes_read_back() {
        for len in 0..60_u8 {
            let plain: Vec<u8> = (0..len).map(|i| i.wrapping_mul(151)).collect();
            let written = symbols(&plain);
            assert_eq!(written.len(), symbols_for(plain.len()));
            assert_eq!(bytes(&written), plain);
        }
    }
}
