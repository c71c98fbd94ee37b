//! Where the signature stands: what GB/T 9704 gives in characters, worked out for a name and a date.

/// Indents of the signature from the right margin, in hundredths of a character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Signature {
    /// Of the issuer's name.
    pub(super) issuer: i64,
    /// Of the date below it.
    pub(super) date: i64,
}

/// The date stands four characters in from the right and the issuer's name is centred over it; where the name
/// is too long for that, it ends at the margin and the date is centred under it (GB/T 9704 7.3.5.1).
pub(super) fn signature(issuer: &str, date: &str) -> Signature {
    let issuer = width(issuer).min(LINE);
    let date = width(date);
    let centred = FOUR + (date - issuer) / 2;
    if centred >= 0 {
        Signature { issuer: centred, date: FOUR }
    } else {
        Signature { issuer: 0, date: (issuer - date) / 2 }
    }
}

/// An indent as Word wants it beside its character count: in twips, at 16 points a character.
pub(super) const fn twips(hundredths: &i64) -> i64 {
    *hundredths * 320 / 100
}

/// The width in hundredths of a character; a digit or Latin letter takes half of one.
fn width(text: &str) -> i64 {
    text.chars().map(|c| if c.is_ascii() { 50 } else { 100 }).sum()
}

const FOUR: i64 = 400;
/// The whole characters that fit into one line of the type area.
const LINE: i64 = 2_700;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_and_the_date_share_their_middle() {
        for (issuer, date, expected) in [
            ("鸭池镇中学", "2026年11月21日", Signature { issuer: 500, date: 400 }),
            ("毕节市七星关区教育科技局", "2026年1月2日", Signature { issuer: 100, date: 400 }),
            (
                "黔西南布依族苗族自治州贞丰县教育科技和体育局",
                "2026年11月21日",
                Signature { issuer: 0, date: 750 },
            ),
        ] {
            let found = signature(issuer, date);
            assert_eq!(found, expected, "{issuer}");
            assert_eq!(2 * found.issuer + width(issuer), 2 * found.date + width(date), "{issuer}");
        }
    }

    #[test]
    fn a_name_longer_than_a_line_leaves_the_date_on_the_page() {
        let found = signature(&"局".repeat(60), "2026年11月21日");
        assert_eq!(found, Signature { issuer: 0, date: 1_000 });
    }
}
