//! The report, part by part.

use std::env::consts::{ARCH, OS};
use std::fmt::Write as _;
use std::time::SystemTime;

use drivebell::visible;
use serde_json::{Map, Value};

use super::redaction::Redaction;
use super::step::{Problem, Step};
use crate::arguments::Common;
use crate::exit::ExitCode;
use crate::graph::Graph;
use crate::output::{Colour, Format, JsonLine, Style, to_seconds};

/// Asks for facts about the service that only the owner of an account can observe.
const REQUEST: &str = "\
Was this a real account? Then this report shows facts that nobody has published. Please paste the
whole report into a new issue at https://github.com/drivebell/drivebell/issues, and add what kind of
account it is (personal, work, school; which cloud). It shows only the form of tokens, URLs and ids.
These facts are unknown so far; if this report has one, it is at the step in brackets:
  - the headers of the 101 response (upgrade)
  - the values of the open packet, and the form of its sid (open)
  - the form of the namespace's sid (join)
  - the body of packet 44, which refuses a namespace (join)
  - the codes with which the server closes a connection (notification)
These take longer than this report:
  - what the server does when an endpoint expires, and with which code it closes: run
    `drivebell watch RESOURCE --json` for more than an hour, and send the lines that say
    disconnected or renewed
  - how many endpoints and connections one user may have: what Graph or the server responds to
    one too many
";

pub(super) struct Report {
    pub(super) format: Format,
}

impl Report {
    pub(super) fn header(&self, common: &Common, graph: &Graph, redaction: &Redaction) -> String {
        match self.format {
            Format::Text(_) => header(common, graph, redaction),
            Format::Json => String::new(),
        }
    }

    pub(super) fn step(&self, step: &Step) -> String {
        match self.format {
            Format::Text(style) => step_text(style, step),
            Format::Json => step_json(step),
        }
    }

    pub(super) fn footer(&self, result: ExitCode) -> String {
        let result = match (self.format, result) {
            (Format::Json, _) => return String::new(),
            (_, ExitCode::Ok) => "Every step succeeded.",
            (_, ExitCode::NoNotification) => {
                "Every step succeeded, except that no notification came."
            }
            _ => "The steps after the one that failed were not tried.",
        };
        format!("\n{result}\n\n{REQUEST}")
    }
}

fn header(common: &Common, graph: &Graph, redaction: &Redaction) -> String {
    let cloud = match graph {
        Graph::BaseUrl(_) => "another, from --base-url",
        Graph::Cloud(cloud) => cloud.as_str(),
    };
    let proxy = if common.proxy.is_some() {
        "from --proxy"
    } else {
        "from the environment, if any"
    };
    format!(
        "drivebell {} doctor\n  system    {OS} {ARCH}\n  time      {}\n  cloud     {cloud}\n  \
         proxy     {proxy}\n  resource  {}\n\n",
        env!("CARGO_PKG_VERSION"),
        to_seconds(SystemTime::now()),
        redaction.path(),
    )
}

fn step_text(style: Style, step: &Step) -> String {
    let (verdict, colour) = match step.problem {
        None => ("ok  ", Colour::Green),
        Some(_) => ("FAIL", Colour::Red),
    };
    let mut text = format!(
        "{}  {}  {:.3} s\n",
        style.paint(colour, verdict),
        style.paint(Colour::Bold, format_args!("{:<12}", step.name)),
        step.took.as_secs_f64(),
    );
    for (name, value) in &step.seen {
        let _ = writeln!(text, "        {}: {}", visible(name), visible(value));
    }
    if let Some(Problem {
        message,
        advice,
        help_url,
    }) = &step.problem
    {
        for line in message.lines() {
            let _ = writeln!(text, "        {}", visible(line));
        }
        let _ = writeln!(text, "      > {}", style.paint(Colour::Yellow, advice));
        let _ = writeln!(text, "      > {help_url}");
    }
    text
}

fn step_json(step: &Step) -> String {
    let seen = step.seen.iter().cloned();
    let seen: Map<_, _> = seen
        .map(|(name, value)| (name, Value::from(value)))
        .collect();
    let problem = step.problem.as_ref();
    JsonLine::new("step")
        .field("step", step.name)
        .field("ok", problem.is_none())
        .field("took", step.took.as_secs_f64())
        .field("seen", seen)
        .field("error", problem.map(|problem| problem.message.clone()))
        .field("advice", problem.map(|problem| problem.advice))
        .field("help_url", problem.map(|problem| problem.help_url.clone()))
        .end()
}
