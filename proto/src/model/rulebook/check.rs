//! What a rulebook document may say.

use super::{KEYS, Rulebook, TimeOfDay, say_label};
use crate::model::day::Day;
use crate::model::lang::{Lang, Say};
use crate::model::reason;
use crate::model::sheet::Indicator;
use crate::say;

/// The values that a key may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Allowed {
    /// A whole number, both ends included.
    Whole {
        /// The least.
        min: i64,
        /// The most.
        max: i64,
    },
    /// `true` or `false`.
    Flag,
    /// One of these words, in quotes.
    OneOf(&'static [&'static str]),
    /// `"19:00"`.
    TimeOfDay,
    /// `"2023-06-30"`.
    Date,
    /// A list of indicator codes, at least one of them known.
    Indicators,
    /// A section with keys of its own.
    Section,
}

/// A rulebook document that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RulebookError {
    /// Not TOML.
    #[error("rulebook {label:?} is not TOML at line {line}: {what}")]
    Syntax {
        /// Which document; empty for the one being checked.
        label: String,
        /// From 1.
        line: usize,
        /// What the reader found.
        what: String,
    },
    /// A known key with a value that it may not have.
    #[error("rulebook {label:?} has {found} for {key}: expected {}", .allowed.say(Lang::En))]
    Value {
        /// Which document; empty for the one being checked.
        label: String,
        /// `absence.report_on_day`
        key: String,
        /// The value as written.
        found: String,
        /// What it may be.
        allowed: Allowed,
    },
    /// Two rules that contradict each other.
    #[error("rulebook {label:?}: {lesser} is {is}, more than {greater}, which is {limit}")]
    Order {
        /// Which document or layers.
        label: String,
        /// The key that must not be the greater one.
        lesser: &'static str,
        /// Its value.
        is: u32,
        /// The key that bounds it.
        greater: &'static str,
        /// Its value.
        limit: u32,
    },
}

/// What the issuer of a document should look at again; no reason to refuse it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Warning {
    /// No rule of this release has this key: a slip of the pen, or a rule of a newer release.
    UnknownKey(String),
    /// No counter of this release has this code.
    UnknownIndicator(String),
}

/// Pairs of keys of which the first must not be greater than the second.
type Relation = (&'static str, fn(&Rulebook) -> u32, &'static str, fn(&Rulebook) -> u32);

const RELATIONS: [Relation; 3] = [
    // the report comes before the mark, or with the last day that is not yet marked
    (
        "absence.report_on_day",
        |b| b.absence.report_on_day,
        "absence.suspect_after_days",
        |b| b.absence.suspect_after_days,
    ),
    (
        "link.retry_first_seconds",
        |b| b.link.retry_first_seconds,
        "link.retry_most_seconds",
        |b| b.link.retry_most_seconds,
    ),
    (
        "certificates.warn_days",
        |b| b.certificates.warn_days,
        "certificates.valid_days",
        |b| b.certificates.valid_days,
    ),
];

pub(super) fn read(label: &str, text: &str) -> Result<toml::Table, RulebookError> {
    toml::from_str(text).map_err(|error| RulebookError::Syntax {
        label: label.to_owned(),
        line: line_of(text, error.span().map_or(0, |s| s.start)),
        what: error.message().to_owned(),
    })
}

/// The line, from 1, on which byte `at` of `text` stands.
pub(in crate::model) fn line_of(text: &str, at: usize) -> usize {
    1 + text.bytes().take(at).filter(|b| *b == b'\n').count()
}

/// Refuses a known key with a value that it may not have.
pub(super) fn values(label: &str, table: &toml::Table) -> Result<(), RulebookError> {
    let refuse = |key: String, found: &toml::Value, allowed| {
        Err(RulebookError::Value { label: label.to_owned(), key, found: found.to_string(), allowed })
    };
    for (section, key, allowed) in KEYS {
        let Some(found) = table.get(*section) else { continue };
        let Some(rules) = found.as_table() else {
            return refuse((*section).to_owned(), found, Allowed::Section);
        };
        match rules.get(*key) {
            Some(value) if !allowed.admits(value) => {
                return refuse(format!("{section}.{key}"), value, *allowed);
            }
            _ => {}
        }
    }
    Ok(())
}

/// Refuses rules that contradict each other.
pub(super) fn relations(label: &str, book: &Rulebook) -> Result<(), RulebookError> {
    for (lesser, is, greater, limit) in RELATIONS {
        let (is, limit) = (is(book), limit(book));
        if is > limit {
            return Err(RulebookError::Order { label: label.to_owned(), lesser, is, greater, limit });
        }
    }
    Ok(())
}

/// Names what this release does not know.
pub(super) fn warnings(table: &toml::Table) -> Vec<Warning> {
    let mut out = Vec::new();
    for (section, rules) in table {
        if !KEYS.iter().any(|(s, ..)| s == section) {
            out.push(Warning::UnknownKey(section.clone()));
            continue;
        }
        for key in rules.as_table().into_iter().flat_map(toml::Table::keys) {
            if !KEYS.iter().any(|(s, k, _)| s == section && k == key) {
                out.push(Warning::UnknownKey(format!("{section}.{key}")));
            }
        }
    }
    let list = table.get("indicators").and_then(|t| t.get("list")).and_then(toml::Value::as_array);
    for code in list.into_iter().flatten().filter_map(toml::Value::as_str) {
        if !Indicator::ALL.iter().any(|i| i.code() == code) {
            out.push(Warning::UnknownIndicator(code.to_owned()));
        }
    }
    out
}

impl Allowed {
    fn admits(self, value: &toml::Value) -> bool {
        match self {
            Self::Whole { min, max } => value.as_integer().is_some_and(|n| (min..=max).contains(&n)),
            Self::Flag => value.is_bool(),
            Self::OneOf(words) => value.as_str().is_some_and(|w| words.contains(&w)),
            Self::TimeOfDay => value.as_str().is_some_and(|t| t.parse::<TimeOfDay>().is_ok()),
            Self::Date => value.as_str().is_some_and(|d| d.parse::<Day>().is_ok()),
            Self::Indicators => value.as_array().is_some_and(|list| {
                let known = |code: &toml::Value| code.as_str().and_then(Indicator::from_code).is_some();
                list.iter().all(toml::Value::is_str) && list.iter().any(known)
            }),
            Self::Section => value.is_table(),
        }
    }
}

impl Say for Allowed {
    fn say(&self, lang: Lang) -> String {
        match self {
            Self::Whole { min, max } => {
                say!(lang, "{} 至 {} 的整数", "a whole number from {} to {}", min, max)
            }
            Self::Flag => say!(lang, "true 或 false", "true or false"),
            Self::OneOf(words) => {
                let words = words.iter().map(|w| format!("\"{w}\"")).collect::<Vec<_>>().join(", ");
                say!(lang, "以下之一：{}", "one of {}", words)
            }
            Self::TimeOfDay => {
                say!(lang, "带引号的时刻，如 \"19:00\"", "a time of day in quotes such as \"19:00\"")
            }
            Self::Date => {
                say!(lang, "带引号的日期，如 \"2023-06-30\"", "a date in quotes such as \"2023-06-30\"")
            }
            Self::Indicators => say!(
                lang,
                "至少含一个本版本指标代码的列表，如 [\"on_roll\"]",
                "a list with at least one indicator code of this release, such as [\"on_roll\"]"
            ),
            Self::Section => say!(lang, "一个配置节，如 [absence]", "a section such as [absence]"),
        }
    }
}

impl RulebookError {
    /// `规则文件 520502@3` or `本规则文件`.
    fn place(label: &str, lang: Lang) -> String {
        match label {
            "" => say!(lang, "本规则文件", "this rulebook"),
            label => say!(lang, "规则文件 {} ", "rulebook {}", say_label(label, lang)),
        }
    }
}

impl Say for RulebookError {
    fn say(&self, lang: Lang) -> String {
        match self {
            Self::Syntax { label, line, what } => say!(
                lang,
                "{}第 {} 行不是有效的 TOML：{}。请改正该行后重新发布",
                "{} is not valid TOML at line {}: {}; correct the line and issue it again",
                Self::place(label, lang),
                line,
                reason::misread(what, lang)
            ),
            Self::Value { label, key, found, allowed } => say!(
                lang,
                "{}中 {} 的值 {} 不允许。请改为{}",
                "in {}, {} may not be {}; use {}",
                Self::place(label, lang),
                key,
                found,
                allowed.say(lang)
            ),
            Self::Order { label, lesser, is, greater, limit } => say!(
                lang,
                "{}中 {}（{}）大于 {}（{}），两条规则相互矛盾。请同时设置这两项",
                "in {}, {} ({}) is greater than {} ({}): the two rules contradict each other; set both",
                Self::place(label, lang),
                lesser,
                is,
                greater,
                limit
            ),
        }
    }
}

impl Say for Warning {
    fn say(&self, lang: Lang) -> String {
        match self {
            Self::UnknownKey(key) => say!(
                lang,
                "本版本没有规则 {}，该项不起作用。请核对拼写",
                "this release has no rule {}, it will have no effect; check the spelling",
                key
            ),
            Self::UnknownIndicator(code) => say!(
                lang,
                "本版本没有指标 {}，该项不起作用。请核对拼写",
                "this release has no indicator {}, it will have no effect; check the spelling",
                code
            ),
        }
    }
}
