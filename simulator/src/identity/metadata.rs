//! What sign-in libraries ask before they request a token.

use axum::Json;
use axum::response::{IntoResponse, Response};
use percent_encoding::percent_decode_str;
use serde_json::json;

use super::account;
use super::origin::Origin;

/// The configuration of a tenant.
pub(super) fn configuration(tenant: &str, origin: &Origin) -> Response {
    let url = |path: &str| origin.url(&format!("/{tenant}/{path}"));
    let issuer = origin.url(&format!("/{}/v2.0", account::tenant_id(tenant)));
    Json(json!({
        "issuer": issuer,
        "authorization_endpoint": url("oauth2/v2.0/authorize"),
        "token_endpoint": url("oauth2/v2.0/token"),
        "device_authorization_endpoint": url("oauth2/v2.0/devicecode"),
        "end_session_endpoint": url("oauth2/v2.0/logout"),
        "jwks_uri": url("discovery/v2.0/keys"),
        "token_endpoint_auth_methods_supported":
            ["client_secret_post", "private_key_jwt", "client_secret_basic"],
        "response_modes_supported": ["query", "fragment", "form_post"],
        "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "tenant_region_scope": null,
        "cloud_instance_name": "microsoftonline.com",
        "cloud_graph_host_name": "graph.windows.net",
        "msgraph_host": "graph.microsoft.com",
    }))
    .into_response()
}

/// There are none, because nobody can verify the signatures.
pub(super) fn keys() -> Response {
    Json(json!({"keys": []})).into_response()
}

/// The only host of the service is the one that was asked.
pub(super) fn instance(tenant: &str, origin: &Origin) -> Response {
    let host = origin.host();
    let path = format!("/{tenant}/v2.0/.well-known/openid-configuration");
    Json(json!({
        "tenant_discovery_endpoint": origin.url(&path),
        "api-version": "1.1",
        "metadata": [{
            "preferred_network": host,
            "preferred_cache": host,
            "aliases": [host],
        }],
    }))
    .into_response()
}

/// A managed user: the password goes to this service, not to one of the user's organization.
pub(super) fn user_realm(user: &str) -> Response {
    let user = percent_decode_str(user).decode_utf8_lossy();
    let domain = user.split_once('@').map_or("", |(_, domain)| domain);
    Json(json!({
        "ver": "1.0",
        "account_type": "Managed",
        "domain_name": domain,
        "cloud_instance_name": "microsoftonline.com",
        "cloud_audience_urn": "urn:federation:MicrosoftOnline",
    }))
    .into_response()
}

/// The simulator has no page on which to enter a code.
pub(super) fn device_login() -> Response {
    "Approve with POST /_simulator/identity/approve?user_code=CODE\n".into_response()
}
