//! The provider's metadata, fetched when needed and cached, and the exchange of a code for a subject.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Duration, Utc};
use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreErrorResponseType, CoreGenderClaim, CoreIdTokenVerifier,
    CoreJsonWebKey, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm, CoreProviderMetadata,
    CoreResponseType, CoreRevocableToken, CoreRevocationErrorResponse, CoreTokenIntrospectionResponse,
    CoreTokenType,
};
use openidconnect::{
    AccessTokenHash, AdditionalClaims, AuthenticationFlow, AuthorizationCode, ClaimsVerificationError,
    Client, ClientId, CsrfToken, EmptyExtraTokenFields, EndpointMaybeSet, EndpointNotSet, EndpointSet,
    HttpRequest, HttpResponse, IdTokenFields, Nonce, OAuth2TokenResponse, PkceCodeChallenge,
    PkceCodeVerifier, Scope, SignatureVerificationError, StandardErrorResponse, StandardTokenResponse,
    TokenResponse,
};
use reqwest::Url;
use reqwest::redirect::Policy;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::Mutex;

use super::settings::{Known, Settings};
use platform::error::{Error, Result};

/// Time for which the provider's metadata and keys are cached.
const KEPT: Duration = Duration::hours(1);

/// Least time between two requests for metadata, however many tokens with unknown keys arrive.
const BETWEEN: Duration = Duration::seconds(10);

/// Time by which the provider's clock may run ahead.
const AHEAD: Duration = Duration::minutes(1);

const PATIENCE: std::time::Duration = std::time::Duration::from_secs(10);
const LONGEST: usize = 256 * 1024;
const LONGEST_SUBJECT: usize = 255;

/// Accepted signature algorithms: asymmetric only. `none` and HMAC are refused.
const SIGNATURES: [CoreJwsSigningAlgorithm; 6] = [
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
];

/// The claims of a token besides the standard ones.
#[derive(Debug, Serialize, Deserialize)]
struct Claims(HashMap<String, Value>);

impl AdditionalClaims for Claims {}

type Fields = IdTokenFields<
    Claims,
    EmptyExtraTokenFields,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm,
>;
type Tokens = StandardTokenResponse<Fields, CoreTokenType>;
type Asking = Client<
    Claims,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    Tokens,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// A provider at which people sign in.
pub struct Provider {
    known: Known,
    http: reqwest::Client,
    kept: Mutex<Kept>,
}

/// The cached metadata with its time, and the time of the last request for it.
#[derive(Default)]
struct Kept {
    said: Option<(Arc<CoreProviderMetadata>, DateTime<Utc>)>,
    asked: Option<DateTime<Utc>>,
}

/// Values that go along to the provider and come back.
pub struct Errand<'a> {
    pub state: String,
    pub nonce: &'a str,
    pub verifier: &'a str,
}

impl Provider {
    /// The provider of the settings; none if no issuer is set.
    pub fn of(settings: &Settings) -> Result<Option<Arc<Self>>> {
        let Some(known) = settings.known()? else { return Ok(None) };
        // No redirects: they would lead to addresses that nobody has configured.
        let http = reqwest::Client::builder().redirect(Policy::none()).timeout(PATIENCE).build();
        let http = http.map_err(|error| Error::internal(format!("cannot ask a provider: {error}")))?;
        Ok(Some(Arc::new(Self { known, http, kept: Mutex::default() })))
    }

    pub fn name(&self) -> &str {
        &self.known.name
    }

    pub fn issuer(&self) -> &str {
        self.known.issuer.as_str()
    }

    /// The configured address that equals `asked`, or the first one if `asked` is none.
    pub fn way_back(&self, asked: Option<&str>) -> Option<&str> {
        let back = self.known.back.iter().map(String::as_str);
        asked.map_or(self.known.back.first().map(String::as_str), |asked| {
            back.into_iter().find(|url| *url == asked)
        })
    }

    /// The address at the provider at which a person signs in.
    pub async fn way_there(&self, errand: Errand<'_>, now: DateTime<Utc>) -> Result<Url> {
        let said = self.said(now, KEPT).await?;
        let (state, nonce) = (CsrfToken::new(errand.state), Nonce::new(errand.nonce.to_owned()));
        let verifier = PkceCodeVerifier::new(errand.verifier.to_owned());
        let (url, ..) = self
            .asking(&said)
            .authorize_url(
                AuthenticationFlow::<CoreResponseType>::AuthorizationCode,
                move || state,
                move || nonce,
            )
            .add_scopes(self.known.scopes.iter().cloned().map(Scope::new))
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier))
            .url();
        Ok(url)
    }

    /// The subject of the person who signed in, in exchange for the provider's code; an error says why there is none.
    pub async fn who(&self, code: String, errand: Errand<'_>, now: DateTime<Utc>) -> Result<String> {
        let said = self.said(now, KEPT).await?;
        let client = self.http.clone();
        let http = |request| fetch(client.clone(), request);
        let tokens = self
            .asking(&said)
            .exchange_code(AuthorizationCode::new(code))
            .map_err(|_| Error::internal("the provider has no token endpoint"))?
            .set_pkce_verifier(PkceCodeVerifier::new(errand.verifier.to_owned()))
            .request_async(&http)
            .await
            .map_err(|error| Error::internal(format!("the provider gives no token: {error}")))?;
        let nonce = Nonce::new(errand.nonce.to_owned());
        let subject = match self.subject(&said, &tokens, &nonce, now) {
            Err(ClaimsVerificationError::SignatureVerification(
                SignatureVerificationError::NoMatchingKey,
            )) => {
                let said = self.said(now, Duration::zero()).await?;
                self.subject(&said, &tokens, &nonce, now)
            }
            done => done,
        };
        subject.map_err(|error| Error::internal(format!("the provider's token is not good: {error}")))
    }

    fn subject(
        &self,
        said: &CoreProviderMetadata,
        tokens: &Tokens,
        nonce: &Nonce,
        now: DateTime<Utc>,
    ) -> Result<String, ClaimsVerificationError> {
        let other = |why: &str| ClaimsVerificationError::Other(why.to_owned());
        let id = ClientId::new(self.known.client_id.clone());
        let verifier =
            CoreIdTokenVerifier::new_public_client(id, self.known.issuer.clone(), said.jwks().clone())
                .set_allowed_algs(SIGNATURES)
                .set_time_fn(move || now)
                .set_issue_time_verifier_fn(move |at| {
                    if at <= now + AHEAD { Ok(()) } else { Err("issued in the future".to_owned()) }
                });
        let token = tokens.id_token().ok_or_else(|| other("there is no id token"))?;
        let claims = token.claims(&verifier, nonce)?;
        if claims.authorized_party().is_some_and(|party| party.as_str() != self.known.client_id) {
            return Err(other("it was made for another"));
        }
        if let Some(hash) = claims.access_token_hash() {
            let key = token.signing_key(&verifier).map_err(ClaimsVerificationError::SignatureVerification)?;
            let alg = token.signing_alg().map_err(ClaimsVerificationError::SignatureVerification)?;
            let same = AccessTokenHash::from_token(tokens.access_token(), alg, key);
            if !same.is_ok_and(|same| same == *hash) {
                return Err(other("the access token belongs to another"));
            }
        }
        let subject = match &self.known.subject_claim {
            None => Some(claims.subject().as_str()),
            Some(claim) => claims.additional_claims().0.get(claim).and_then(Value::as_str),
        };
        subject
            .filter(|subject| (1..=LONGEST_SUBJECT).contains(&subject.len()))
            .map(str::to_owned)
            .ok_or_else(|| other("it names nobody"))
    }

    fn asking(&self, said: &CoreProviderMetadata) -> Asking {
        let id = ClientId::new(self.known.client_id.clone());
        Client::from_provider_metadata(said.clone(), id, Some(self.known.client_secret.clone()))
            .set_redirect_uri(self.known.redirect.clone())
    }

    /// The provider's metadata and keys, at most `oldest` old, or older if the provider does not answer or was asked
    /// less than `BETWEEN` ago. One caller asks at a time, and the others wait for the answer.
    async fn said(&self, now: DateTime<Utc>, oldest: Duration) -> Result<Arc<CoreProviderMetadata>> {
        let mut kept = self.kept.lock().await;
        let silent = || Error::internal("the provider does not answer");
        let is_due = kept.said.as_ref().is_none_or(|(_, at)| now - *at >= oldest);
        if !is_due || kept.asked.is_some_and(|asked| now - asked < BETWEEN) {
            return kept.said.as_ref().map(|(said, _)| Arc::clone(said)).ok_or_else(silent);
        }
        kept.asked = Some(now);
        let client = self.http.clone();
        let http = |request| fetch(client.clone(), request);
        match CoreProviderMetadata::discover_async(self.known.issuer.clone(), &http).await {
            Ok(said) => kept.said = Some((Arc::new(said), now)),
            Err(error) => tracing::warn!(%error, "the provider does not say what it is"),
        }
        kept.said.as_ref().map(|(said, _)| Arc::clone(said)).ok_or_else(silent)
    }
}

/// Reason why a request got no answer.
#[derive(Debug)]
struct Unanswered(String);

impl std::fmt::Display for Unanswered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unanswered {}

impl From<reqwest::Error> for Unanswered {
    fn from(error: reqwest::Error) -> Self {
        Self(error.without_url().to_string())
    }
}

async fn fetch(client: reqwest::Client, request: HttpRequest) -> Result<HttpResponse, Unanswered> {
    let mut response = client.execute(request.try_into()?).await?;
    let mut body = vec![];
    while let Some(part) = response.chunk().await? {
        body.extend_from_slice(&part);
        if body.len() > LONGEST {
            return Err(Unanswered("the answer is too long".to_owned()));
        }
    }
    let mut answer = HttpResponse::new(body);
    *answer.status_mut() = response.status();
    *answer.headers_mut() = std::mem::take(response.headers_mut());
    Ok(answer)
}
