use std::sync::Arc;
use std::time::Duration;

use super::bucket::Rate;
use super::call::Call;
use super::limiter::{Grant, Limiter, Urgency};
use super::limits::{Limits, UserLimits};
use super::pause::Pauses;
use super::permit::Permit;
use super::usage::Usage;
use crate::Error;

const MINUTE: Duration = Duration::from_secs(60);

/// How much a client and its family may ask of Microsoft Graph, changed while they run: for several
/// processes that share what Graph allows an app in a tenant.
///
/// [`Client::pacing`](crate::Client::pacing) gives it. It is a cheap handle, and all handles of a client
/// are one. "The family" is the client and all that
/// [`with_credential`](crate::Client::with_credential) made.
///
/// Subscriptions and streams of changes wait until they may send. Those that have asked for nothing
/// yet go first, all others in the order in which they came, so that a drive waits for one request of
/// each other drive at most. Calls such as [`endpoint`](crate::Client::endpoint) do not wait, and
/// count.
#[derive(Debug, Clone)]
pub struct Pacing {
    limits: Arc<Limits>,
    user: Arc<UserLimits>,
    /// A longer pause is cut to this.
    longest_pause: Duration,
}

impl Pacing {
    pub(crate) fn new(limits: Limits, longest_pause: Duration) -> Self {
        Self {
            limits: Arc::new(limits),
            user: Arc::default(),
            longest_pause,
        }
    }

    /// That of another user in the family.
    pub(crate) fn of_another_user(&self) -> Self {
        Self {
            user: Arc::default(),
            ..self.clone()
        }
    }

    /// How many endpoints per second the subscriptions of the family may request. It may be less than
    /// one: 0.2 is one every five seconds. After a quiet second, the calls of a whole second may go out
    /// at once. `None`, and at first:
    /// [`max_endpoint_calls_per_second`](crate::ClientBuilder::max_endpoint_calls_per_second).
    ///
    /// # Errors
    /// `InvalidArgument`, by the name `endpoint_calls_per_second`, unless it is more than 0.
    pub fn set_endpoint_calls_per_second(&self, calls: Option<f64>) -> Result<(), Error> {
        let rate = checked("endpoint_calls_per_second", calls)?.map(Rate::per_second);
        let rate = rate.unwrap_or(self.limits.default_endpoint_calls);
        self.limits.endpoint_calls.set(Some(rate));
        Ok(())
    }

    /// How many resource units the family may spend in any minute, a twelfth of them at once. A delta
    /// query without a token costs 2; with one, it costs 1, as does the request for an endpoint, whose
    /// cost Microsoft does not publish. `None`, and at first: any number.
    ///
    /// # Errors
    /// `InvalidArgument`, by the name `resource_units_per_minute`, unless it is more than 0.
    pub fn set_resource_units_per_minute(&self, units: Option<f64>) -> Result<(), Error> {
        let units = checked("resource_units_per_minute", units)?;
        let rate = units.map(|units| Rate::per_window(units, MINUTE));
        self.limits.resource_units.set(rate);
        Ok(())
    }

    /// How many requests this client, and so its user, may send in any five minutes, a twelfth of them
    /// at once. Microsoft allows 3,000. `None`, and at first: any number.
    ///
    /// # Errors
    /// `InvalidArgument`, by the name `requests_in_five_minutes`, unless it is more than 0.
    pub fn set_requests_in_five_minutes(&self, requests: Option<f64>) -> Result<(), Error> {
        let requests = checked("requests_in_five_minutes", requests)?;
        let rate = requests.map(|requests| Rate::per_window(requests, 5 * MINUTE));
        self.user.requests.set(rate);
        Ok(())
    }

    /// Stops the requests of the whole family for this long, as a pause that Graph requests does
    /// (`Retry-After`). A shorter pause does not end a longer one, and one beyond
    /// [`max_retry_after`](crate::ClientBuilder::max_retry_after) is cut. Connections that are live
    /// are not affected.
    ///
    /// [`pauses`](Self::pauses) does not tell of it. So processes that pause each other do not echo.
    pub fn pause(&self, duration: Duration) {
        self.limits.pause.extend(duration.min(self.longest_pause));
    }

    /// How much is left of the family's pause, whoever asked for it. `None`: it does not pause.
    pub fn paused_for(&self) -> Option<Duration> {
        self.limits.pause.remaining()
    }

    /// A stream of the pauses that Graph requests of the family, from the one under way on.
    pub fn pauses(&self) -> Pauses {
        self.limits.pause.requested()
    }

    /// What this client has sent, and how much of it waits.
    pub fn usage(&self) -> Usage {
        self.user.usage.usage()
    }

    /// What the family has sent, and how much of it waits.
    pub fn family_usage(&self) -> Usage {
        self.limits.usage.usage()
    }

    pub(crate) fn limits(&self) -> Arc<Limits> {
        Arc::clone(&self.limits)
    }

    /// Waits until the request may be sent. Dropping the future takes nothing.
    ///
    /// First the limit that only endpoint calls have: who waits for it holds up no delta query.
    pub(crate) async fn permit(&self, call: Call, urgency: Urgency) -> Permit {
        let _of_the_family = self.limits.usage.count_waiting();
        let _of_the_user = self.user.usage.count_waiting();
        let [endpoint_calls, requests, units] = self.costs(call);
        Permit::new([
            acquire(endpoint_calls, urgency).await,
            acquire(requests, urgency).await,
            acquire(units, urgency).await,
        ])
    }

    /// A permit, if there is one at once.
    pub(crate) fn try_permit(&self, call: Call) -> Option<Permit> {
        let [endpoint_calls, requests, units] = self.costs(call);
        Some(Permit::new([
            try_acquire(endpoint_calls)?,
            try_acquire(requests)?,
            try_acquire(units)?,
        ]))
    }

    /// The limits of a request, with what it takes of each.
    fn costs(&self, call: Call) -> [Option<Cost<'_>>; 3] {
        let limits = &self.limits;
        let units = f64::from(call.resource_units());
        [
            (call == Call::Endpoint).then_some((&limits.endpoint_calls, 1.0)),
            Some((&self.user.requests, 1.0)),
            Some((&limits.resource_units, units)),
        ]
    }

    /// A request is sent, with the permit or without.
    pub(crate) fn sent(&self, call: Call, permit: &mut Permit) {
        self.limits.usage.count(call);
        self.user.usage.count(call);
        if !permit.spend() {
            self.user.requests.owe(1.0);
            let units = f64::from(call.resource_units());
            self.limits.resource_units.owe(units);
        }
    }

    /// Graph has throttled a request, and perhaps requested a pause.
    pub(crate) fn throttled(&self, pause: Option<Duration>) {
        self.limits.usage.count_throttled();
        self.user.usage.count_throttled();
        if let Some(pause) = pause {
            self.limits.pause.extend_as_requested(pause);
        }
    }
}

type Cost<'a> = (&'a Arc<Limiter>, f64);

async fn acquire(cost: Option<Cost<'_>>, urgency: Urgency) -> Grant {
    match cost {
        Some((limiter, cost)) => limiter.acquire(cost, urgency).await,
        None => Grant::default(),
    }
}

fn try_acquire(cost: Option<Cost<'_>>) -> Option<Grant> {
    match cost {
        Some((limiter, cost)) => limiter.try_acquire(cost),
        None => Some(Grant::default()),
    }
}

fn checked(name: &'static str, rate: Option<f64>) -> Result<Option<f64>, Error> {
    match rate {
        Some(rate) if !(rate.is_finite() && rate > 0.0) => Err(Error::invalid_argument(
            name,
            format!("is {rate}, and must be more than 0"),
        )),
        rate => Ok(rate),
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::{Instant, timeout};

    use super::*;

    const QUERY: Call = Call::DeltaQuery { has_token: true };
    const ENUMERATION: Call = Call::DeltaQuery { has_token: false };

    fn pacing() -> Pacing {
        Pacing::new(Limits::new(1, 10), 60 * MINUTE)
    }

    /// Sends this many requests one after the other, and returns how long that took.
    async fn send(pacing: &Pacing, call: Call, count: usize) -> Duration {
        let began = Instant::now();
        for _ in 0..count {
            let mut permit = pacing.permit(call, Urgency::Routine).await;
            pacing.sent(call, &mut permit);
        }
        began.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn only_endpoint_calls_wait_at_first() {
        let pacing = pacing();
        assert_eq!(send(&pacing, QUERY, 1000).await, Duration::ZERO);
        assert_eq!(
            send(&pacing, Call::Endpoint, 30).await,
            Duration::from_secs(2)
        );
        pacing.set_endpoint_calls_per_second(Some(0.2)).unwrap();
        let took = send(&pacing, Call::Endpoint, 4).await;
        assert!(
            took > Duration::from_secs(15) && took <= Duration::from_secs(20),
            "{took:?}"
        );
        pacing.set_endpoint_calls_per_second(None).unwrap();
        assert!(send(&pacing, Call::Endpoint, 10).await <= Duration::from_secs(2));
    }

    #[tokio::test(start_paused = true)]
    async fn a_family_shares_its_units_and_each_user_has_requests_of_its_own() {
        let [alex, kim] = {
            let alex = pacing();
            let kim = alex.of_another_user();
            [alex, kim]
        };
        alex.set_resource_units_per_minute(Some(60.0)).unwrap();
        let both = send(&alex, ENUMERATION, 15).await + send(&kim, QUERY, 30).await;
        assert!(both > MINUTE * 9 / 10 && both <= MINUTE, "{both:?}");
        alex.set_resource_units_per_minute(None).unwrap();
        alex.set_requests_in_five_minutes(Some(300.0)).unwrap();
        assert_eq!(send(&kim, QUERY, 1000).await, Duration::ZERO);
        let alone = send(&alex, QUERY, 300).await;
        assert!(alone > 4 * MINUTE && alone <= 5 * MINUTE, "{alone:?}");
        assert_eq!(alex.usage().requests, 315);
        assert_eq!(kim.usage().resource_units, 1030);
        assert_eq!(alex.family_usage().resource_units, 30 + 300 + 1030);
    }

    #[tokio::test(start_paused = true)]
    async fn endpoint_calls_that_wait_hold_up_no_query() {
        let pacing = pacing();
        pacing.set_endpoint_calls_per_second(Some(0.01)).unwrap();
        pacing.set_resource_units_per_minute(Some(600.0)).unwrap();
        pacing.set_requests_in_five_minutes(Some(3000.0)).unwrap();
        for _ in 0..1000 {
            let pacing = pacing.clone();
            tokio::spawn(async move { send(&pacing, Call::Endpoint, 1).await });
        }
        // One of them may go at once.
        while pacing.usage().waiting != 999 || pacing.usage().requests != 1 {
            tokio::task::yield_now().await;
        }
        assert_eq!(send(&pacing, QUERY, 40).await, Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn what_does_not_wait_counts() {
        let pacing = pacing();
        pacing.set_resource_units_per_minute(Some(60.0)).unwrap();
        for _ in 0..6 {
            pacing.sent(Call::Lookup, &mut Permit::default());
        }
        let mut permit = std::pin::pin!(pacing.permit(QUERY, Urgency::Routine));
        assert!(
            timeout(Duration::from_secs(1), permit.as_mut())
                .await
                .is_err()
        );
        let mut permit = permit.await;
        pacing.sent(QUERY, &mut permit);
        // After a 401, the same permit does not count twice.
        pacing.sent(QUERY, &mut permit);
        assert_eq!(pacing.usage().resource_units, 8);
        assert!(pacing.try_permit(QUERY).is_none());
        assert_eq!(pacing.usage().endpoint_calls, 0);
    }

    #[test]
    fn a_rate_that_lets_nothing_through_is_refused_by_name() {
        let pacing = pacing();
        for bad in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            let bad = Some(bad);
            for (result, name) in [
                (
                    pacing.set_endpoint_calls_per_second(bad),
                    "endpoint_calls_per_second",
                ),
                (
                    pacing.set_resource_units_per_minute(bad),
                    "resource_units_per_minute",
                ),
                (
                    pacing.set_requests_in_five_minutes(bad),
                    "requests_in_five_minutes",
                ),
            ] {
                assert_eq!(result.unwrap_err().argument(), Some(name));
            }
        }
    }
}
