//! What sign-in libraries ask before they request a token.

use drivebell_simulator::Simulator;
use serde_json::{Value, json};

use crate::support::{http, send, start};

async fn get(simulator: &Simulator, path: &str) -> Value {
    let url = format!("{}{path}", simulator.base_url());
    let response = send(http().get(url)).await;
    assert_eq!(response.status, 200, "{path}");
    response.json()
}

#[tokio::test]
async fn the_configuration_leads_to_the_address_of_the_request() {
    let simulator = start().await;
    let base = simulator.base_url();
    let path = "/x.com/v2.0/.well-known/openid-configuration";
    let configuration = get(&simulator, path).await;
    assert_eq!(
        configuration["token_endpoint"],
        format!("{base}/x.com/oauth2/v2.0/token")
    );
    assert_eq!(
        configuration["device_authorization_endpoint"],
        format!("{base}/x.com/oauth2/v2.0/devicecode")
    );
    let keys = configuration["jwks_uri"].as_str().expect("a URL");
    let keys = get(&simulator, keys.strip_prefix(&base).expect("here")).await;
    assert_eq!(keys, json!({"keys": []}));
    let tenant = "0F0C4D7E-3B1A-4C55-9D2E-8A6F1B7C9E30";
    let path = format!("/{tenant}/v2.0/.well-known/openid-configuration");
    let configuration = get(&simulator, &path).await;
    let issuer = format!("{base}/{}/v2.0", tenant.to_lowercase());
    assert_eq!(configuration["issuer"], issuer);
}

#[tokio::test]
async fn hosts_and_users() {
    let simulator = start().await;
    let path = "/common/discovery/instance?api-version=1.1&authorization_endpoint=x";
    let instance = get(&simulator, path).await;
    let host = format!("127.0.0.1:{}", simulator.port());
    assert_eq!(instance["metadata"][0]["preferred_network"], host);
    let path = "/common/userrealm/alex%40contoso.com?api-version=1.0";
    let realm = get(&simulator, path).await;
    assert_eq!(realm["account_type"], "Managed");
    assert_eq!(realm["domain_name"], "contoso.com");
}

#[tokio::test]
async fn other_paths_do_not_exist() {
    let simulator = start().await;
    for path in ["/", "/x", "/common/oauth2/token", "/common/oauth2/v2.0/x"] {
        let url = format!("{}{path}", simulator.base_url());
        assert_eq!(send(http().get(url)).await.status, 404, "{path}");
    }
}
