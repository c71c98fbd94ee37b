//! Bars for those who watch.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use proto::model::lang::Lang;

/// One bar for each part of the rehearsal; none where nobody watches.
#[derive(Debug)]
pub(super) struct Progress {
    bar: ProgressBar,
    lang: Lang,
}

impl Progress {
    pub(super) fn new(watched: bool, lang: Lang) -> Self {
        let bar = if watched { ProgressBar::new(0) } else { ProgressBar::hidden() };
        let style = ProgressStyle::with_template("{msg:24} {wide_bar} {pos}/{len} {elapsed}");
        bar.set_style(style.expect("the template is one"));
        Self { bar, lang }
    }

    pub(super) const fn lang(&self) -> Lang {
        self.lang
    }

    /// The next part, of `steps` steps.
    pub(super) fn begin(&self, steps: u16, what: &'static str) {
        self.bar.reset();
        self.bar.set_length(steps.into());
        self.bar.set_message(what);
        self.bar.enable_steady_tick(Duration::from_millis(200));
    }

    pub(super) fn step(&self) {
        self.bar.inc(1);
    }

    pub(super) fn done(&self) {
        self.bar.finish_and_clear();
    }
}
