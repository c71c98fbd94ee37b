//! `config.toml`: who this hub is and where it listens. A raw struct that rejects unknown keys, then a
//! checked one.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use proto::model::division::{AdministeredBy, BadManager, Divisions, NoHub};
use proto::model::lang::{Lang, Say};
use proto::model::party::Party;
use proto::model::reason;
use proto::model::region::{NotARegion, Region};
use proto::paper::letterhead::Letterhead;
use proto::say;
use serde::{Deserialize, Serialize};

/// A hub's settings, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Its place; the level follows from it.
    pub region: Region,
    /// Who it is: the path by who manages whom.
    pub me: Party,
    /// What its people call it; empty: the division's name.
    pub name: String,
    /// Where units are answered.
    pub listen: String,
    /// Where units dial; port 0 stands for the port that is really bound.
    pub public: String,
    /// Where local software is answered: loopback.
    pub api: String,
    /// Where metrics and health are served: loopback; `None`: nowhere.
    pub metrics: Option<String>,
    /// How the log is written.
    pub log: LogFormat,
    /// The store's page cache in MiB.
    pub cache_mib: u64,
    /// Places that another hub manages than the code tree says.
    pub by: AdministeredBy,
    /// What stands on its documents.
    pub papers: Letterhead,
}

/// How the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// For machines, one object a line.
    Json,
}

/// What is wrong with the settings.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read or written.
    #[error("cannot use {}: {why}", .path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        why: std::io::Error,
    },
    /// Not TOML, an unknown key, or a value of another type.
    #[error("{}: {why}", .path.display())]
    Syntax {
        /// Which file.
        path: PathBuf,
        /// With line and column.
        why: String,
    },
    /// No division code.
    #[error(transparent)]
    Region(#[from] NotARegion),
    /// The place has no hub.
    #[error(transparent)]
    NoHub(#[from] NoHub),
    /// `administered_by` makes no sense.
    #[error(transparent)]
    Manager(#[from] BadManager),
    /// An address is not `host:port`.
    #[error("{key} = {found:?} is not host:port")]
    Address {
        /// Which key.
        key: &'static str,
        /// What it says.
        found: String,
    },
    /// The services for this machine would be open to others.
    #[error("{key} = {found:?} is not a loopback address")]
    NotLoopback {
        /// Which key.
        key: &'static str,
        /// What it says.
        found: String,
    },
}

/// The file as it is written.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    region: String,
    #[serde(default)]
    name: String,
    #[serde(default = "default_listen")]
    listen: String,
    public: String,
    #[serde(default = "default_api")]
    api: String,
    #[serde(default = "default_metrics")]
    metrics: String,
    #[serde(default)]
    log: LogFormat,
    #[serde(default = "default_cache")]
    cache_mib: u64,
    #[serde(default)]
    administered_by: BTreeMap<String, String>,
    #[serde(default)]
    papers: Letterhead,
}

fn default_listen() -> String {
    "0.0.0.0:7443".to_owned()
}

fn default_api() -> String {
    "127.0.0.1:0".to_owned()
}

fn default_metrics() -> String {
    "127.0.0.1:9643".to_owned()
}

const fn default_cache() -> u64 {
    64
}

impl Config {
    /// Settings for a new hub.
    ///
    /// # Errors
    /// See [`ConfigError`].
    pub fn new(region: &str, name: &str, listen: &str, public: &str) -> Result<Self, ConfigError> {
        check(Raw {
            region: region.to_owned(),
            name: name.to_owned(),
            listen: listen.to_owned(),
            public: public.to_owned(),
            api: default_api(),
            metrics: default_metrics(),
            log: LogFormat::default(),
            cache_mib: default_cache(),
            administered_by: BTreeMap::new(),
            papers: Letterhead::default(),
        })
    }

    /// Reads the file at `path`.
    ///
    /// # Errors
    /// See [`ConfigError`].
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let text =
            std::fs::read_to_string(path).map_err(|why| ConfigError::File { path: path.to_owned(), why })?;
        Self::parse(&text, path)
    }

    /// Reads `text`, which came from `path`.
    ///
    /// # Errors
    /// See [`ConfigError`].
    pub fn parse(text: &str, path: &Path) -> Result<Self, ConfigError> {
        let syntax = |e: toml::de::Error| ConfigError::Syntax { path: path.to_owned(), why: e.to_string() };
        check(toml::from_str(text).map_err(syntax)?)
    }

    /// The settings as text that [`Config::parse`] reads back.
    pub fn to_text(&self) -> String {
        let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
        let mut out = String::new();
        let metrics = self.metrics.as_deref().unwrap_or_default();
        for (key, value) in [
            ("region", self.region.to_string().as_str()),
            ("name", &self.name),
            ("listen", &self.listen),
            ("public", &self.public),
            ("api", &self.api),
            ("metrics", metrics),
            ("log", if self.log == LogFormat::Json { "json" } else { "text" }),
        ] {
            let _ = writeln!(out, "{key} = {}", quoted(value));
        }
        let _ = writeln!(out, "cache_mib = {}", self.cache_mib);
        out
    }

    /// What its people call it: the name in the settings, else the division's.
    pub fn shown_name(&self) -> String {
        if self.name.is_empty() {
            Divisions::shipped().full_name(self.region).unwrap_or_else(|| self.region.to_string())
        } else {
            self.name.clone()
        }
    }
}

fn check(raw: Raw) -> Result<Config, ConfigError> {
    let table = Divisions::shipped();
    let region: Region = raw.region.parse()?;
    let mut pairs = Vec::new();
    for (unit, manager) in &raw.administered_by {
        pairs.push((unit.parse()?, manager.parse()?));
    }
    let by = AdministeredBy::new(table, pairs)?;
    let me = table.party_of(region, &by)?;
    for (key, found) in [("listen", &raw.listen), ("public", &raw.public), ("api", &raw.api)] {
        host_port(key, found)?;
    }
    loopback("api", &raw.api)?;
    if !raw.metrics.is_empty() {
        loopback("metrics", &raw.metrics)?;
    }
    Ok(Config {
        region,
        me,
        name: raw.name,
        listen: raw.listen,
        public: raw.public,
        api: raw.api,
        metrics: (!raw.metrics.is_empty()).then_some(raw.metrics),
        log: raw.log,
        cache_mib: raw.cache_mib.clamp(8, 4_096),
        by,
        papers: raw.papers,
    })
}

fn host_port(key: &'static str, found: &str) -> Result<(), ConfigError> {
    let fits =
        found.rsplit_once(':').is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok());
    if fits { Ok(()) } else { Err(ConfigError::Address { key, found: found.to_owned() }) }
}

fn loopback(key: &'static str, found: &str) -> Result<(), ConfigError> {
    host_port(key, found)?;
    let host = found.rsplit_once(':').map_or("", |(host, _)| host);
    let near = host == "localhost"
        || host
            .trim_matches(['[', ']'])
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback());
    if near { Ok(()) } else { Err(ConfigError::NotLoopback { key, found: found.to_owned() }) }
}

impl Say for ConfigError {
    fn say(&self, lang: Lang) -> String {
        match self {
            Self::File { path, why } if why.kind() == std::io::ErrorKind::NotFound => say!(
                lang,
                "{} 不存在。新设节点请先运行 init，或用 --dir 指定数据目录。",
                "{} does not exist. Run init for a new hub, or name its folder with --dir.",
                path.display()
            ),
            Self::File { path, why } => say!(
                lang,
                "无法使用 {}：{}。",
                "{} cannot be used: {}.",
                path.display(),
                reason::io(why, lang)
            ),
            Self::Syntax { path, why } => say!(
                lang,
                "配置文件 {} 有误：\n{}。\n请对照 deploy 目录中的样例改正。",
                "The settings in {} are wrong:\n{}.\nCompare with the samples in deploy.",
                path.display(),
                reason::misread(why, lang)
            ),
            Self::Region(error) => error.say(lang),
            Self::NoHub(error) => error.say(lang),
            Self::Manager(error) => error.say(lang),
            Self::Address { key, found } => say!(
                lang,
                "{key} 的值“{found}”不是 主机:端口，例如 10.2.3.4:7443。请改正。",
                "{key} = {found:?} is not host:port, such as 10.2.3.4:7443. Correct it."
            ),
            Self::NotLoopback { key, found } => say!(
                lang,
                "{key} 的值“{found}”不是本机地址。该服务只供本机使用，请写成 127.0.0.1:端口。",
                "{key} = {found:?} is open to other machines. This service is for this machine alone: write 127.0.0.1:port."
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Config, ConfigError> {
        Config::parse(text, Path::new("config.toml"))
    }

    #[test]
    fn every_sample_parses_and_names_its_level() {
        for (sample, me) in [
            (include_str!("../../deploy/province.toml"), "p52"),
            (include_str!("../../deploy/city.toml"), "p52/c5205"),
            (include_str!("../../deploy/county.toml"), "p52/c5205/d520502"),
            (include_str!("../../deploy/town.toml"), "p52/c5205/d520502/t520502100"),
        ] {
            assert_eq!(parse(sample).unwrap().me.to_string(), me);
        }
    }

    #[test]
    fn what_is_written_reads_back() {
        let config = Config::new("520502", "七星关区\"教育局\"", "0.0.0.0:7443", "10.2.3.4:7443").unwrap();
        assert_eq!(parse(&config.to_text()).unwrap(), config);
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, word) in [
            ("region = \"520502\"\npublic = \"a:1\"\ncashe_mib = 3", "cashe_mib"),
            ("region = \"520599\"\npublic = \"a:1\"", "520599"),
            ("region = \"52050\"\npublic = \"a:1\"", "52050"),
            ("region = \"520502\"\npublic = \"a\"", "public"),
            ("region = \"520502\"\npublic = \"a:1\"\napi = \"0.0.0.0:1\"", "api"),
            ("region = \"520502\"\npublic = \"a:1\"\nmetrics = \"10.0.0.1:1\"", "metrics"),
            ("region = \"710000\"\npublic = \"a:1\"", "710000"),
        ] {
            let error = parse(text).unwrap_err();
            for lang in [Lang::Zh, Lang::En] {
                assert!(error.say(lang).contains(word), "{text}: {}", error.say(lang));
            }
        }
    }

    #[test]
    fn a_corps_city_may_hang_on_the_corps() {
        let text = "region = \"659001\"\npublic = \"a:1\"\n[administered_by]\n\"659001\" = \"659000\"";
        assert_eq!(parse(text).unwrap().me.to_string(), "p65/c6590/d659001");
    }
}
