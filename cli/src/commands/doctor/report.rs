//! The report, piece by piece.

use std::env::consts::{ARCH, OS};
use std::fmt::Write as _;
use std::time::SystemTime;

use super::{Problem, Redaction, Step};
use crate::arguments::Common;
use crate::exit::code;
use crate::output::style::{Colour, Style, harmless};
use crate::output::{json, time};

/// What would help everybody, and only somebody with an account can see.
const REQUEST: &str = "\
Was this a real account? Then you have seen what nobody has published. Please paste all of this
into a new issue at https://github.com/drivebell/drivebell/issues, and say what kind of account it
is (personal, work, school; which cloud). Tokens, URLs and ids are told by their form alone.
Unknown so far, and above if it was seen:
  - the headers of the 101 answer (at upgrade)
  - the open packet's values, and the form of its sid (at open)
  - the form of the namespace's sid (at join)
  - the body of 44, with which a namespace is refused (at join)
  - the codes with which the server closes (at notification)
And not to be seen in so short a time:
  - what the server does when an endpoint expires, and with which code it closes: the lines of
    `drivebell watch RESOURCE --json` for more than an hour that say disconnected or renewed
  - how many endpoints and connections one user may have: what Graph or the server answered to
    one too many
";

pub(crate) struct Report {
    pub(crate) json: bool,
    pub(crate) style: Style,
}

impl Report {
    pub(crate) fn head(&self, common: &Common, redaction: &Redaction) -> String {
        if self.json {
            return String::new();
        }
        let graph = match (&common.base_url, common.cloud) {
            (Some(_), _) => "another, by --base-url".to_owned(),
            (None, cloud) => cloud.unwrap_or_default().to_string(),
        };
        let proxy = if common.proxy.is_some() {
            "by --proxy"
        } else {
            "as the environment says"
        };
        format!(
            "drivebell {} doctor\n  system    {OS} {ARCH}\n  time      {}\n  cloud     {graph}\n  \
             proxy     {proxy}\n  resource  {}\n\n",
            env!("CARGO_PKG_VERSION"),
            time::seconds(SystemTime::now()),
            redaction.path(),
        )
    }

    pub(crate) fn step(&self, step: &Step) -> String {
        if self.json {
            return json::step(step);
        }
        let (word, colour) = match step.problem {
            None => ("ok  ", Colour::Green),
            Some(_) => ("FAIL", Colour::Red),
        };
        let mut text = format!(
            "{}  {}  {:.3} s\n",
            self.style.paint(colour, word),
            self.style
                .paint(Colour::Bold, format_args!("{:<12}", step.name)),
            step.took.as_secs_f64(),
        );
        for (name, value) in &step.seen {
            let _ = writeln!(text, "        {}: {}", harmless(name), harmless(value));
        }
        if let Some(Problem { what, advice }) = &step.problem {
            for line in what.lines() {
                let _ = writeln!(text, "        {}", harmless(line));
            }
            let _ = writeln!(text, "      > {}", self.style.paint(Colour::Yellow, advice));
        }
        text
    }

    pub(crate) fn end(&self, verdict: u8) -> String {
        if self.json {
            return String::new();
        }
        let result = match verdict {
            code::OK => "All is well.",
            code::NOTHING_CAME => "All is well but that nothing came.",
            _ => "What comes behind the step that failed was not tried.",
        };
        format!("\n{result}\n\n{REQUEST}")
    }
}
