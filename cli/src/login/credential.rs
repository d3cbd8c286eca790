use drivebell::{BoxError, Credential, SignInRequired, TokenRequest};

use super::renewal::{NotRenewed, Renewal};

/// The credential of a login. A refusal ends what uses it; anything else is an outage, which the
/// library waits out.
pub(crate) fn credential(renewal: Renewal) -> Credential {
    Credential::from_fn(move |request: TokenRequest| {
        let renewal = renewal.clone();
        async move {
            match renewal.renew(request.claims.as_deref()).await {
                Ok(renewed) => Ok(renewed.token),
                Err(NotRenewed::Refused(reason)) => {
                    Err(BoxError::from(SignInRequired::new(reason)))
                }
                Err(NotRenewed::Failed(reason)) => Err(reason.into()),
            }
        }
    })
}
