//! `drivebell doctor`.

mod redaction;
mod report;
mod step;

use std::io::{self, Write};
use std::time::{Duration, Instant};

use drivebell::{Client, Diagnosis, Finding};
use tokio::sync::mpsc;
use tokio::time::timeout;

use self::redaction::Redaction;
use self::report::Report;
pub(crate) use self::step::{Problem, Step};
use crate::arguments::{Common, Doctor};
use crate::client;
use crate::exit::{self, End, Stop, code};
use crate::output::Output;
use crate::output::style::Style;

pub(crate) async fn run(
    common: &Common,
    options: &Doctor,
    output: &Output,
    stop: &Stop,
) -> Result<(), End> {
    let client = client::build(common)?;
    let mut examination = Examination {
        redaction: Redaction::new(&options.resource),
        report: Report {
            json: common.json,
            style: Style::of(output.for_people),
        },
        output,
        verdict: code::OK,
    };
    let head = examination.report.head(common, &examination.redaction);
    output.write(head).await?;
    tokio::select! {
        biased;
        reason = stop.requested() => return Err(End::Stopped(reason)),
        done = examination.conduct(&client, options) => done?,
    }
    output
        .write(examination.report.end(examination.verdict))
        .await?;
    match examination.verdict {
        code::OK => Ok(()),
        code => Err(End::Quiet(code)),
    }
}

struct Examination<'a> {
    redaction: Redaction,
    report: Report,
    output: &'a Output,
    /// What to exit with.
    verdict: u8,
}

impl Examination<'_> {
    async fn conduct(&mut self, client: &Client, options: &Doctor) -> Result<(), End> {
        let (tell, mut told) = mpsc::unbounded_channel();
        let walk = client.diagnose(&options.resource, move |finding| {
            // Whoever listens is ended by the same end.
            let _ = tell.send(finding);
        });
        let listen = async {
            while let Some(finding) = told.recv().await {
                self.tell(&finding).await?;
            }
            Ok::<_, End>(())
        };
        let (live, listened) = tokio::join!(walk, listen);
        listened?;
        let Some(mut live) = live else {
            return Ok(());
        };
        if options.wait > 0 {
            let patience = Duration::from_secs(options.wait.into());
            self.await_notification(&mut live, patience).await?;
        }
        live.close().await;
        Ok(())
    }

    async fn await_notification(
        &mut self,
        live: &mut Diagnosis,
        patience: Duration,
    ) -> Result<(), End> {
        // Beside the report: it is for whoever is there now.
        let _ = writeln!(
            io::stderr(),
            "Now change something in this drive: upload, rename or delete a file. A notification \
             comes some 5 to 36 s later; waiting for {} s.",
            patience.as_secs()
        );
        let began = Instant::now();
        if let Ok(finding) = timeout(patience, live.notification()).await {
            self.tell(&finding).await
        } else {
            self.verdict = code::NOTHING_CAME;
            let step = Step::without_notification(began.elapsed());
            self.output.write(self.report.step(&step)).await
        }
    }

    async fn tell(&mut self, finding: &Finding) -> Result<(), End> {
        if let Some(error) = &finding.error {
            self.verdict = exit::code_of(error);
        }
        let step = Step::of(finding, &self.redaction);
        self.output.write(self.report.step(&step)).await
    }
}
