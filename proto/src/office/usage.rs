//! A command line and its language. What is wrong with it is said in Chinese, too: the parser says it in English
//! only.

use std::error::Error as _;
use std::io::Write as _;
use std::process::ExitCode;

use clap::error::{ContextKind, ErrorKind};

use crate::model::day::NotADay;
use crate::model::lang::{Lang, Say};

/// The arguments of this process.
///
/// # Errors
/// The exit code, when there is nothing to do: help was asked for and shown, or the command is mistyped and that
/// was said.
pub fn arguments<A: clap::Parser>() -> Result<A, ExitCode> {
    A::try_parse().map_err(|error| {
        if !error.use_stderr() {
            let _ = error.print();
            return ExitCode::SUCCESS;
        }
        let lang = lang_of(std::env::args()).unwrap_or_else(locale);
        let _ = writeln!(std::io::stderr(), "{}", mistyped(&error, lang));
        ExitCode::FAILURE
    })
}

/// The language of the machine's user.
pub fn locale() -> Lang {
    let said = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().filter_map(|name| std::env::var(name).ok());
    Lang::from_locale(said.into_iter().find(|value| !value.is_empty()).as_deref())
}

/// The words for a mistyped command: what is wrong and where, and after it, in brackets, what the parser says.
fn mistyped(error: &clap::Error, lang: Lang) -> String {
    let technical = error.render().to_string();
    let technical = technical.trim_end();
    match lang {
        Lang::En => technical.to_owned(),
        Lang::Zh => format!("{}。用 --help 查看用法。\n（{technical}）", wrong(error)),
    }
}

/// The language that a command line asks for, though the rest of it cannot be read.
fn lang_of(arguments: impl Iterator<Item = String>) -> Option<Lang> {
    let mut arguments = arguments;
    while let Some(argument) = arguments.next() {
        if argument == "--lang" {
            return arguments.next()?.parse().ok();
        }
        if let Some(lang) = argument.strip_prefix("--lang=") {
            return lang.parse().ok();
        }
    }
    None
}

fn wrong(error: &clap::Error) -> String {
    let said = |kind| error.get(kind).map(ToString::to_string).unwrap_or_default();
    let argument = said(ContextKind::InvalidArg);
    match error.kind() {
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            let value = said(ContextKind::InvalidValue);
            let day = error.source().and_then(|source| source.downcast_ref::<NotADay>());
            match (day, value.is_empty()) {
                (Some(day), _) => format!("{argument}：{}", day.say(Lang::Zh).trim_end_matches('。')),
                (None, true) => format!("{argument} 后面没有写值"),
                (None, false) => format!("“{value}”不能用作 {argument}"),
            }
        }
        ErrorKind::UnknownArgument => format!("没有参数 {argument}"),
        ErrorKind::InvalidSubcommand => format!("没有命令 {}", said(ContextKind::InvalidSubcommand)),
        ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            "没有写明要做什么".to_owned()
        }
        ErrorKind::MissingRequiredArgument => format!("缺少参数 {argument}"),
        ErrorKind::ArgumentConflict => {
            format!("{argument} 不能与 {} 同时使用", said(ContextKind::PriorArg))
        }
        _ => "命令写得不对".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use clap::{Arg, Command};

    use super::*;
    use crate::model::day::Day;

    #[test]
    fn a_mistyped_command_is_explained_in_chinese() {
        let command = Command::new("guixue").subcommand_required(true).subcommand(
            Command::new("mark").arg(Arg::new("class").required(true)).arg(
                Arg::new("day").long("day").value_name("DATE").value_parser(|text: &str| text.parse::<Day>()),
            ),
        );
        for (typed, zh) in [
            ("guixue fly", "没有命令 fly。"),
            ("guixue mark", "缺少参数 <class>。"),
            ("guixue mark 3.2 --fast", "没有参数 --fast。"),
            ("guixue mark 3.2 --day 2025-02-30", "--day <DATE>：“2025-02-30”不是日期。"),
            ("guixue", "没有写明要做什么。"),
        ] {
            let error = command.clone().try_get_matches_from(typed.split(' ')).unwrap_err();
            let words = mistyped(&error, Lang::Zh);
            assert!(words.starts_with(zh), "{typed}: {words}");
            assert!(words.contains("--help") && words.ends_with('）'), "{typed}: {words}");
            assert!(mistyped(&error, Lang::En).starts_with("error:"), "{typed}");
        }
    }

    #[test]
    fn the_language_is_found_in_what_cannot_be_read() {
        for (typed, lang) in [
            ("fly --lang zh", Some(Lang::Zh)),
            ("--lang=en fly", Some(Lang::En)),
            ("fly", None),
            ("--lang", None),
        ] {
            assert_eq!(lang_of(typed.split(' ').map(str::to_owned)), lang, "{typed}");
        }
    }
}
