//! What a cell holds, and the one way in which its text is cleaned before anything reads it.

use std::fmt;

/// A cell as the file has it. `Debug` shows the kind only: the content belongs to a person.
#[derive(Clone, PartialEq, Default)]
pub enum Cell {
    /// Nothing.
    #[default]
    Empty,
    /// Text, as written.
    Text(String),
    /// A number; the date serials of unformatted cells are numbers too.
    Number(f64),
    /// A cell that the workbook formats as a date.
    Date {
        /// Four digits.
        year: u16,
        /// 1 to 12.
        month: u8,
        /// 1 to 31.
        day: u8,
    },
    /// `#N/A`, `#REF!` and the like.
    Broken,
}

impl Cell {
    /// Whether there is nothing to read, spaces included.
    pub fn is_blank(&self) -> bool {
        match self {
            Self::Empty => true,
            Self::Text(text) => clean(text).is_empty(),
            Self::Number(_) | Self::Date { .. } | Self::Broken => false,
        }
    }

    /// The cell as a person would type it, for the workbook that goes back to them.
    pub fn shown(&self) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Text(text) => text.clone(),
            Self::Number(number) => number.to_string(),
            Self::Date { year, month, day } => format!("{year:04}-{month:02}-{day:02}"),
            Self::Broken => "#N/A".to_owned(),
        }
    }

    /// The cleaned text; whole numbers without a decimal point.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Text(text) => clean(text),
            other => other.shown(),
        }
    }
}

impl fmt::Debug for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "Empty",
            Self::Text(_) => "Text([personal])",
            Self::Number(_) => "Number([personal])",
            Self::Date { .. } => "Date([personal])",
            Self::Broken => "Broken",
        })
    }
}

/// Full-width forms made half-width, invisible characters and the marks that keep Excel from
/// computing (`'110..`, `="110.."`) taken off, outer spaces cut.
pub(super) fn clean(text: &str) -> String {
    let half: String = text.chars().filter(|c| !is_invisible(*c)).map(half_width).collect();
    let mut text = half.trim();
    if let Some(inner) = text.strip_prefix("=\"").and_then(|t| t.strip_suffix('"')) {
        text = inner.trim();
    }
    text.trim_start_matches(['\'', '‘', '’', '`']).trim().to_owned()
}

/// [`clean`] and no space anywhere: numbers, dates, codes, classes.
pub(super) fn compact(text: &str) -> String {
    clean(text).split_whitespace().collect()
}

/// A person's name: one middle dot, no spaces around it, no inner spaces where it is written in Han
/// characters ("张 三"). A Latin name keeps one space between its words.
pub(super) fn name(text: &str) -> String {
    let dotted: String = text.chars().map(|c| if MIDDLE_DOTS.contains(&c) { '·' } else { c }).collect();
    let text = clean(&dotted);
    if text.chars().any(is_han) {
        let text: String = text.split_whitespace().collect();
        return text.replace('.', "·");
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").replace(" · ", "·")
}

/// Whether a name lost characters on its way through a system that could not write them.
pub(super) fn lost_characters(name: &str) -> bool {
    name.contains(['?', '□', '〓', '\u{FFFD}', '*']) || name.chars().any(is_private)
}

/// Private-use characters: what a wrong encoding and old name fonts leave behind.
pub(super) fn is_private(c: char) -> bool {
    ('\u{E000}'..='\u{F8FF}').contains(&c)
}

/// A Han character, extensions included: children's names use them.
pub(super) fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}' | '〇')
}

fn half_width(c: char) -> char {
    match c {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        '\u{3000}' | '\u{00A0}' | '\u{2028}' => ' ',
        _ => c,
    }
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}' | '\u{FEFF}')
        || (c.is_control() && !c.is_whitespace())
}

/// · • ・ ． and two more that keyboards give.
const MIDDLE_DOTS: [char; 6] = ['\u{00B7}', '\u{2022}', '\u{30FB}', '\u{FF0E}', '\u{2027}', '\u{FF65}'];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cleaned_before_it_is_read() {
        for (raw, read) in [
            ("９９０１０１２０１５０９０１００１Ｘ", "99010120150901001X"),
            ("'990101", "990101"),
            ("\u{FEFF}990101\u{200B}", "990101"),
            ("=\"990101\"", "990101"),
            ("\t990101 ", "990101"),
            ("9901 0120\u{3000}15", "9901012015"),
            ("１３８－００", "138-00"),
        ] {
            assert_eq!(compact(raw), read, "{raw:?}");
        }
    }

    #[test]
    fn names_have_one_form() {
        for (raw, read) in [
            ("张 三", "张三"),
            ("张\u{3000}三 ", "张三"),
            ("古丽•买买提", "古丽·买买提"),
            ("古丽・买买提", "古丽·买买提"),
            ("古丽．买买提", "古丽·买买提"),
            ("古丽 · 买买提", "古丽·买买提"),
            ("古丽.买买提", "古丽·买买提"),
            ("Anna  Maria", "Anna Maria"),
            ("𠮷野", "𠮷野"),
            ("㳇 生", "㳇生"),
        ] {
            assert_eq!(name(raw), read, "{raw:?}");
        }
        assert!(lost_characters("张?") && lost_characters("张\u{E123}") && !lost_characters("张䶮"));
    }

    #[test]
    fn a_cell_does_not_print_itself() {
        assert_eq!(format!("{:?}", Cell::Text("张三".into())), "Text([personal])");
        assert!(Cell::Text("\u{3000} ".into()).is_blank() && !Cell::Number(0.0).is_blank());
    }
}
