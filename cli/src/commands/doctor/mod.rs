//! `drivebell doctor`.

mod redaction;
mod report;
mod step;

use std::io::{self, Write};
use std::time::{Duration, Instant};

use drivebell::{Client, Diagnosis, DiagnosisStep, Finding, Resource};
use tokio::sync::mpsc;
use tokio::time::timeout;

use self::redaction::Redaction;
use self::report::Report;
use self::step::Step;
use crate::arguments::{Common, Doctor};
use crate::client::{self, Connection};
use crate::exit::{self, End, ExitCode, Stop};
use crate::output::{Format, Output};
use crate::token::Source;

pub(crate) async fn run(
    common: &Common,
    options: &Doctor,
    output: &Output,
    stop: &Stop,
) -> Result<(), End> {
    let Connection {
        client,
        source,
        graph,
    } = client::connection(common)?;
    // People save the report to a file, so a pipe gets text too.
    let format = if common.json {
        Format::Json
    } else {
        output.text()
    };
    let resource = client::find(&client, &options.resource, stop).await?;
    let mut checkup = Checkup {
        redaction: Redaction::new(&resource, &source),
        source,
        report: Report { format },
        output,
        result: ExitCode::Ok,
    };
    let header = checkup.report.header(common, &graph, &checkup.redaction);
    output.write(header).await?;
    tokio::select! {
        biased;
        reason = stop.requested() => return Err(End::Stopped(reason)),
        done = checkup.run(&client, &resource, options) => done?,
    }
    output.write(checkup.report.footer(checkup.result)).await?;
    match checkup.result {
        ExitCode::Ok => Ok(()),
        code => Err(End::Reported(code)),
    }
}

struct Checkup<'a> {
    redaction: Redaction,
    source: Source,
    report: Report,
    output: &'a Output,
    result: ExitCode,
}

impl Checkup<'_> {
    async fn run(
        &mut self,
        client: &Client,
        resource: &Resource,
        options: &Doctor,
    ) -> Result<(), End> {
        let (sender, mut findings) = mpsc::unbounded_channel();
        let diagnose = client.diagnose(resource, move |finding| {
            // The receiver is dropped only if the whole checkup is.
            let _ = sender.send(finding);
        });
        let print = async {
            while let Some(finding) = findings.recv().await {
                self.add(&finding).await?;
            }
            Ok::<_, End>(())
        };
        let (connection, printed) = tokio::join!(diagnose, print);
        printed?;
        let Some(mut connection) = connection else {
            return Ok(());
        };
        if options.wait > 0 {
            let limit = Duration::from_secs(options.wait.into());
            self.await_notification(&mut connection, limit).await?;
        }
        connection.close().await;
        Ok(())
    }

    async fn await_notification(
        &mut self,
        connection: &mut Diagnosis,
        limit: Duration,
    ) -> Result<(), End> {
        // On stderr, because it is not part of the report.
        let _ = writeln!(
            io::stderr(),
            "Now change something in this drive: upload, rename or delete a file. The notification \
             takes some 5 to 36 s; waiting for {} s.",
            limit.as_secs()
        );
        let started = Instant::now();
        if let Ok(finding) = timeout(limit, connection.notification()).await {
            self.add(&finding).await
        } else {
            self.result = ExitCode::NoNotification;
            let step = Step::without_notification(started.elapsed());
            self.output.write(self.report.step(&step)).await
        }
    }

    async fn add(&mut self, finding: &Finding) -> Result<(), End> {
        if let Some(error) = &finding.error {
            self.result = exit::code_of(error);
        }
        let mut step = Step::new(finding, &self.redaction);
        if finding.step == DiagnosisStep::Token {
            step.add_source(&self.source, &self.redaction);
        }
        self.output.write(self.report.step(&step)).await
    }
}
