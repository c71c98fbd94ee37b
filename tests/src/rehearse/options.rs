//! What the rehearsal is asked for.

use std::path::PathBuf;

use clap::{Parser, value_parser};
use proto::model::lang::Lang;

/// A province on this machine: schools, towns, counties, cities, weeks of school days, nights over lines
/// that break, and the laws that hold all the same.
#[derive(Debug, Clone, Parser)]
#[command(name = "rehearse", version)]
pub struct Options {
    /// How many schools / 学校数
    #[arg(long, default_value_t = 40, value_parser = value_parser!(u16).range(1..=400))]
    pub schools: u16,
    /// How many school days, each with its night / 上学日数
    #[arg(long, default_value_t = 30, value_parser = value_parser!(u16).range(1..=90))]
    pub nights: u16,
    /// What everything that is left to chance follows from / 随机种子
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// How likely a connection is to meet a fault, from 0 to 1 / 断线概率
    #[arg(long, default_value_t = 0.2, value_parser = probability)]
    pub cut: f64,
    /// Print one JSON object / 输出一个 JSON 对象
    #[arg(long)]
    pub json: bool,
    /// Leave the tree running until ctrl-c, and print its addresses / 演练后保持运行
    #[arg(long)]
    pub serve: bool,
    /// zh or en; by the locale when not said / 语言
    #[arg(long)]
    pub lang: Option<Lang>,
    /// Keep all folders and the log in this new folder / 数据保留在此目录
    #[arg(long, value_name = "DIR")]
    pub keep: Option<PathBuf>,
}

impl Options {
    /// For tests: small, quiet, nothing kept.
    pub const fn small(schools: u16, nights: u16, seed: u64, cut: f64) -> Self {
        Self { schools, nights, seed, cut, json: true, serve: false, lang: Some(Lang::En), keep: None }
    }

    /// The language in which people are spoken to.
    pub fn lang(&self) -> Lang {
        let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].iter().find_map(|name| std::env::var(name).ok());
        self.lang.unwrap_or_else(|| Lang::from_locale(locale.as_deref()))
    }
}

fn probability(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(p) if (0.0..=1.0).contains(&p) => Ok(p),
        _ => Err("a probability from 0 to 1 / 应为 0 到 1 之间的数".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_a_county_sized_term_and_nonsense_is_refused() {
        let options = Options::parse_from(["rehearse"]);
        assert_eq!((options.schools, options.nights, options.seed), (40, 30, 1));
        for wrong in
            [["--schools", "0"], ["--nights", "0"], ["--cut", "1.5"], ["--cut", "x"], ["--lang", "fr"]]
        {
            assert!(Options::try_parse_from(["rehearse"].iter().chain(&wrong)).is_err(), "{wrong:?}");
        }
    }
}
