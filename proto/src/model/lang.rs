//! Chinese or English. Every sentence for people is written down as a pair, side by side, so that
//! neither language can miss one.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The reader's language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    /// 简体中文
    #[default]
    Zh,
    /// English
    En,
}

impl Lang {
    /// From `LC_ALL`, `LC_MESSAGES` or `LANG` as given; Chinese when they are silent, because the
    /// users are teachers and officials in China.
    pub fn from_locale(locale: Option<&str>) -> Self {
        match locale {
            Some(l) if l.starts_with("en") || l == "C" || l == "POSIX" || l.starts_with("C.") => Self::En,
            _ => Self::Zh,
        }
    }

    /// One of the pair.
    pub const fn pick<T: Copy>(self, zh: T, en: T) -> T {
        match self {
            Self::Zh => zh,
            Self::En => en,
        }
    }
}

impl FromStr for Lang {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "zh" | "zh-CN" | "zh_CN" => Ok(Self::Zh),
            "en" => Ok(Self::En),
            other => Err(format!("{other:?} is not a language: zh or en")),
        }
    }
}

/// What can be said to a person in both languages: what is wrong, where, and what to do.
pub trait Say {
    /// The sentence in `lang`.
    fn say(&self, lang: Lang) -> String;
}

/// `say!(lang, "缺少 {n} 项", "{n} missing")`: formats one of the pair.
#[macro_export]
macro_rules! say {
    ($lang:expr, $zh:literal, $en:literal $(, $arg:expr)* $(,)?) => {
        match $lang {
            $crate::model::lang::Lang::Zh => format!($zh $(, $arg)*),
            $crate::model::lang::Lang::En => format!($en $(, $arg)*),
        }
    };
}
