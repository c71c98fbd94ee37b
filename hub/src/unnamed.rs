//! What officers write into notes is read on the way, and some of it is signed into chains of custody for good: it must
//! name nobody.

use proto::model::personal::{Personal, Purpose};

/// A telephone number or more; the code of a school has ten digits.
const MANY_DIGITS: usize = 11;

/// Whether `text` names one of `names`, or gives a number by which a person is known.
pub fn names_somebody<'a>(text: &str, names: impl IntoIterator<Item = &'a Personal<String>>) -> bool {
    let digits = text.split(|c: char| !c.is_ascii_digit()).any(|run| run.len() >= MANY_DIGITS);
    let mut names = names.into_iter().map(|name| name.open(Purpose::Handover).trim());
    digits || names.any(|name| !name.is_empty() && text.contains(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_with_a_name_or_a_long_number_names_somebody() {
        let names = [Personal::new("吴欣怡甲".to_owned()), Personal::new(" ".to_owned())];
        for (text, named) in [
            ("请吴欣怡甲的家长联系", true),
            ("电话 13800000000", true),
            ("材料不足，见 2152000003 学校 2026-10-09 来函", false),
            ("", false),
        ] {
            assert_eq!(names_somebody(text, &names), named, "{text}");
        }
    }
}
