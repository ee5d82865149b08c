//! What is known of a provider, fetched when it is needed and kept; asking it who somebody is.

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

/// For so long what the provider says of itself is kept, its keys too.
const KEPT: Duration = Duration::hours(1);

/// No oftener than this is it asked, whoever sends what it does not know.
const BETWEEN: Duration = Duration::seconds(10);

/// So far the provider's clock may run ahead.
const AHEAD: Duration = Duration::minutes(1);

const PATIENCE: std::time::Duration = std::time::Duration::from_secs(10);
const LONGEST: usize = 256 * 1024;
const LONGEST_SUBJECT: usize = 255;

/// Signatures that a public key checks: none, and none that whoever knows our secret could make.
const SIGNATURES: [CoreJwsSigningAlgorithm; 6] = [
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
];

/// All that a token says besides what every token does.
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

/// What it said of itself, and when it was asked.
#[derive(Default)]
struct Kept {
    said: Option<(Arc<CoreProviderMetadata>, DateTime<Utc>)>,
    asked: Option<DateTime<Utc>>,
}

/// What somebody takes along to the provider and back.
pub struct Errand<'a> {
    pub state: String,
    pub nonce: &'a str,
    pub verifier: &'a str,
}

impl Provider {
    /// None where no provider is set.
    pub fn of(settings: &Settings) -> Result<Option<Arc<Self>>> {
        let Some(known) = settings.known()? else { return Ok(None) };
        // A redirect would lead to where nobody has said that we go.
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

    /// Where people may be sent on to: the address itself, as it was set.
    pub fn way_back(&self, asked: Option<&str>) -> Option<&str> {
        let back = self.known.back.iter().map(String::as_str);
        asked.map_or(self.known.back.first().map(String::as_str), |asked| {
            back.into_iter().find(|url| *url == asked)
        })
    }

    /// Where somebody goes to sign in.
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

    /// Who has signed in, by a code that the provider gave them; an error says why nobody has.
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

    /// What the provider says of itself, with its keys, no older than that; older where it does not answer. One asks at
    /// a time, and the others wait for the answer.
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

/// Why there is no answer.
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
