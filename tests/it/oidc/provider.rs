//! A small OpenID Connect provider on the loopback: discovery, keys that rotate, codes that are good once. What it signs
//! can be bent in one thing.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use api::session::oidc::settings::Settings;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use platform::clock::Clock;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

pub const CLIENT: &str = "sanlian-test";
pub const SECRET: &str = "client secret of the test";
pub const BACK: &str = "https://app.example/signed-in";
pub const APP: &str = "cn.example.app:/signed-in";
const REDIRECT: &str = "http://127.0.0.1:1/sign-in/oidc/callback";

/// How a token is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signing {
    Good,
    /// With `alg` none and no signature.
    None,
    /// With our client's secret, as HS256.
    Secret,
    /// With the public key as if it were a secret, as HS256.
    PublicKey,
    /// By a key of somebody else, under the kid of the provider's.
    Stranger,
}

/// The provider; it ends with the test.
#[derive(Clone)]
pub struct Provider {
    pub address: SocketAddr,
    state: Arc<Mutex<Held>>,
    clock: Clock,
}

struct Held {
    keys: Vec<Key>,
    codes: HashMap<String, Grant>,
    claims: Value,
    signing: Signing,
    /// How often each path was asked for.
    asked: HashMap<&'static str, usize>,
    down: bool,
}

struct Key {
    kid: String,
    pkcs8: Vec<u8>,
    public: Vec<u8>,
}

struct Grant {
    subject: String,
    nonce: String,
    challenge: String,
    redirect: String,
}

impl Key {
    fn fresh(kid: String) -> Self {
        let pkcs8 =
            EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new()).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref()).unwrap();
        Self { kid, pkcs8: pkcs8.as_ref().to_vec(), public: pair.public_key().as_ref().to_vec() }
    }

    fn published(&self) -> Value {
        let [x, y] = [&self.public[1..33], &self.public[33..65]].map(|half| URL_SAFE_NO_PAD.encode(half));
        json!({ "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": self.kid, "x": x, "y": y })
    }
}

impl Provider {
    pub async fn start(clock: &Clock) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let held = Held {
            keys: vec![Key::fresh("key-0".to_owned())],
            codes: HashMap::new(),
            claims: json!({}),
            signing: Signing::Good,
            asked: HashMap::new(),
            down: false,
        };
        let address = listener.local_addr().unwrap();
        let provider = Self { address, state: Arc::new(Mutex::new(held)), clock: clock.clone() };
        let router = axum::Router::new()
            .route("/.well-known/openid-configuration", get(discovery))
            .route("/keys", get(keys))
            .route("/token", post(token))
            .with_state(provider.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        provider
    }

    pub fn issuer(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn settings(&self) -> Settings {
        Settings {
            oidc_issuer: Some(self.issuer()),
            oidc_name: Some("统一身份".to_owned()),
            oidc_client_id: Some(CLIENT.to_owned()),
            oidc_client_secret: Some(openidconnect::ClientSecret::new(SECRET.to_owned())),
            oidc_redirect_url: Some(REDIRECT.to_owned()),
            oidc_return_urls: vec![BACK.to_owned(), APP.to_owned()],
            oidc_scopes: Some("openid profile".to_owned()),
            ..Settings::default()
        }
    }

    /// What somebody does there: signs in, and is sent back with a code.
    pub fn sign_in(&self, query: &HashMap<String, String>, subject: &str) -> String {
        assert_eq!((query["client_id"].as_str(), query["response_type"].as_str()), (CLIENT, "code"));
        assert_eq!((query["redirect_uri"].as_str(), query["scope"].as_str()), (REDIRECT, "openid profile"));
        assert_eq!(query["code_challenge_method"], "S256");
        let code = uuid::Uuid::now_v7().to_string();
        let grant = Grant {
            subject: subject.to_owned(),
            nonce: query["nonce"].clone(),
            challenge: query["code_challenge"].clone(),
            redirect: query["redirect_uri"].clone(),
        };
        self.state.lock().unwrap().codes.insert(code.clone(), grant);
        code
    }

    /// What tokens say from now on besides, or instead; null takes a claim out.
    pub fn bend(&self, claims: Value, signing: Signing) {
        let mut held = self.state.lock().unwrap();
        (held.claims, held.signing) = (claims, signing);
    }

    /// Another key signs; the old one is published no more.
    pub fn rotate(&self) {
        let mut held = self.state.lock().unwrap();
        let next = Key::fresh(uuid::Uuid::now_v7().to_string());
        held.keys = vec![next];
    }

    pub fn stop_answering(&self, down: bool) {
        self.state.lock().unwrap().down = down;
    }

    pub fn asked(&self, path: &str) -> usize {
        self.state.lock().unwrap().asked.get(path).copied().unwrap_or_default()
    }

    fn ask(&self, path: &'static str) -> Result<(), StatusCode> {
        let mut held = self.state.lock().unwrap();
        *held.asked.entry(path).or_default() += 1;
        if held.down { Err(StatusCode::BAD_GATEWAY) } else { Ok(()) }
    }
}

async fn discovery(State(provider): State<Provider>) -> Result<Json<Value>, StatusCode> {
    provider.ask("discovery")?;
    let at = provider.issuer();
    Ok(Json(json!({
        "issuer": at,
        "authorization_endpoint": format!("{at}/authorize"),
        "token_endpoint": format!("{at}/token"),
        "jwks_uri": format!("{at}/keys"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256", "HS256", "none"],
    })))
}

async fn keys(State(provider): State<Provider>) -> Result<Json<Value>, StatusCode> {
    provider.ask("keys")?;
    let held = provider.state.lock().unwrap();
    Ok(Json(json!({ "keys": held.keys.iter().map(Key::published).collect::<Vec<_>>() })))
}

async fn token(State(provider): State<Provider>, headers: HeaderMap, body: String) -> Response {
    if let Err(status) = provider.ask("token") {
        return status.into_response();
    }
    let form: HashMap<String, String> = form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    let secret: String = form_urlencoded::byte_serialize(SECRET.as_bytes()).collect();
    let wanted = format!("Basic {}", STANDARD.encode(format!("{CLIENT}:{secret}")));
    let mut held = provider.state.lock().unwrap();
    let grant = form.get("code").and_then(|code| held.codes.remove(code));
    let verified = |grant: &Grant| {
        let verifier =
            form.get("code_verifier").map(|verifier| URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)));
        verifier.as_deref() == Some(grant.challenge.as_str()) && form["redirect_uri"] == grant.redirect
    };
    let is_client = headers.get(header::AUTHORIZATION).is_some_and(|said| said == wanted.as_str());
    match grant.filter(|grant| is_client && verified(grant)) {
        Some(grant) => {
            let id_token = held.signed(&claims(&provider, &held.claims, &grant));
            Json(json!({ "access_token": "theirs", "token_type": "Bearer", "id_token": id_token }))
                .into_response()
        }
        None => (StatusCode::BAD_REQUEST, Json(json!({ "error": "invalid_grant" }))).into_response(),
    }
}

fn claims(provider: &Provider, bent: &Value, grant: &Grant) -> Value {
    let now = provider.clock.now().timestamp();
    let mut claims = json!({ "iss": provider.issuer(), "aud": CLIENT, "sub": grant.subject, "nonce": grant.nonce,
        "iat": now, "exp": now + 300, "employee": format!("no-{}", grant.subject) });
    for (claim, value) in bent.as_object().unwrap() {
        claims[claim] = value.clone();
    }
    claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    claims
}

impl Held {
    fn signed(&self, claims: &Value) -> String {
        let key = self.keys.first().unwrap();
        let header = |alg| Header { kid: Some(key.kid.clone()), ..Header::new(alg) };
        let stranger = Key::fresh(String::new());
        let (header, signing) = match self.signing {
            Signing::Good => (header(Algorithm::ES256), EncodingKey::from_ec_der(&key.pkcs8)),
            Signing::Stranger => (header(Algorithm::ES256), EncodingKey::from_ec_der(&stranger.pkcs8)),
            Signing::Secret => (header(Algorithm::HS256), EncodingKey::from_secret(SECRET.as_bytes())),
            Signing::PublicKey => (header(Algorithm::HS256), EncodingKey::from_secret(&key.public)),
            Signing::None => {
                let [head, body] =
                    [&json!({ "alg": "none" }), claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string()));
                return format!("{head}.{body}.");
            }
        };
        jsonwebtoken::encode(&header, claims, &signing).unwrap()
    }
}
