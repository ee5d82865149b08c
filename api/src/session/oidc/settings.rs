//! Settings of an OpenID Connect provider. Without an issuer there is none.

use clap::builder::{StringValueParser, TypedValueParser};
use openidconnect::{ClientSecret, IssuerUrl, RedirectUrl};

use platform::error::{Error, Result};

/// Where people may sign in besides.
#[derive(Clone, Debug, Default, clap::Args)]
#[group(id = "provider")]
pub struct Settings {
    /// Issuer of an OpenID Connect provider at which people may sign in, as it writes itself; none where absent
    #[arg(long, env = "SANLIAN_OIDC_ISSUER", value_name = "URL")]
    pub oidc_issuer: Option<String>,
    /// What the provider calls itself to people
    #[arg(long, env = "SANLIAN_OIDC_NAME", value_name = "TEXT")]
    pub oidc_name: Option<String>,
    /// What this server is called at the provider
    #[arg(long, env = "SANLIAN_OIDC_CLIENT_ID", value_name = "ID")]
    pub oidc_client_id: Option<String>,
    /// Its secret there; better in the environment, since others see command lines
    #[arg(long, env = "SANLIAN_OIDC_CLIENT_SECRET", value_name = "SECRET", hide_env_values = true, value_parser = StringValueParser::new().map(ClientSecret::new))]
    pub oidc_client_secret: Option<ClientSecret>,
    /// Where the provider sends people back: this server's `/sign-in/oidc/callback`, as they reach it
    #[arg(long, env = "SANLIAN_OIDC_REDIRECT_URL", value_name = "URL")]
    pub oidc_redirect_url: Option<String>,
    /// Where people are sent on to from there, between commas: pages of front ends, or addresses that an app has claimed
    #[arg(long, env = "SANLIAN_OIDC_RETURN_URLS", value_name = "LIST", value_delimiter = ',')]
    pub oidc_return_urls: Vec<String>,
    /// What is asked of the provider besides `openid`, between blanks
    #[arg(long, env = "SANLIAN_OIDC_SCOPES", value_name = "SCOPES")]
    pub oidc_scopes: Option<String>,
    /// The claim that says who somebody is, for ever and for one person alone; `sub` where absent
    #[arg(long, env = "SANLIAN_OIDC_SUBJECT_CLAIM", value_name = "CLAIM")]
    pub oidc_subject_claim: Option<String>,
}

/// The settings of a provider, complete.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub issuer: IssuerUrl,
    pub name: String,
    pub client_id: String,
    pub client_secret: ClientSecret,
    pub redirect: RedirectUrl,
    pub back: Vec<String>,
    pub scopes: Vec<String>,
    pub subject_claim: Option<String>,
}

impl Settings {
    /// None if no issuer is set. An error names the setting that is missing or wrong.
    pub(super) fn known(&self) -> Result<Option<Known>> {
        let Some(issuer) = said(self.oidc_issuer.as_ref()) else { return Ok(None) };
        let back: Vec<String> = self
            .oidc_return_urls
            .iter()
            .map(|url| url.trim().to_owned())
            .filter(|url| !url.is_empty())
            .collect();
        if back.is_empty() || !back.iter().all(|url| is_address(url)) {
            return Err(wrong("SANLIAN_OIDC_RETURN_URLS", "whole addresses without a `#`"));
        }
        Ok(Some(Known {
            name: said(self.oidc_name.as_ref()).unwrap_or_else(|| "OpenID Connect".to_owned()),
            client_id: needed("SANLIAN_OIDC_CLIENT_ID", self.oidc_client_id.as_ref())?,
            client_secret: self
                .oidc_client_secret
                .clone()
                .filter(|secret| !secret.secret().is_empty())
                .ok_or_else(|| wrong("SANLIAN_OIDC_CLIENT_SECRET", "the secret that the provider gave"))?,
            redirect: safe("SANLIAN_OIDC_REDIRECT_URL", self.oidc_redirect_url.as_ref()).and_then(|url| {
                RedirectUrl::new(url).map_err(|_| wrong("SANLIAN_OIDC_REDIRECT_URL", "an address"))
            })?,
            scopes: said(self.oidc_scopes.as_ref())
                .iter()
                .flat_map(|scopes| scopes.split_whitespace())
                .filter(|scope| *scope != "openid")
                .map(str::to_owned)
                .collect(),
            subject_claim: said(self.oidc_subject_claim.as_ref()).filter(|claim| claim != "sub"),
            issuer: safe("SANLIAN_OIDC_ISSUER", Some(&issuer)).and_then(|url| {
                IssuerUrl::new(url).map_err(|_| wrong("SANLIAN_OIDC_ISSUER", "an address"))
            })?,
            back,
        }))
    }
}

fn said(text: Option<&String>) -> Option<String> {
    text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

fn needed(setting: &str, text: Option<&String>) -> Result<String> {
    said(text).ok_or_else(|| wrong(setting, "a value, where SANLIAN_OIDC_ISSUER is set"))
}

/// Refuses an address without encryption, except on this machine.
fn safe(setting: &str, text: Option<&String>) -> Result<String> {
    let text = needed(setting, text)?;
    let url = reqwest::Url::parse(&text).map_err(|_| wrong(setting, "an address"))?;
    let local = ["localhost", "127.0.0.1", "[::1]"].contains(&url.host_str().unwrap_or_default());
    if url.scheme() == "https" || (url.scheme() == "http" && local) {
        return Ok(text);
    }
    Err(wrong(setting, "an address that begins with https://"))
}

/// Is this a whole address without a fragment, of a scheme that runs no code in a page?
fn is_address(text: &str) -> bool {
    let runs = ["javascript", "data", "vbscript", "file", "blob"];
    reqwest::Url::parse(text).is_ok_and(|url| url.fragment().is_none() && !runs.contains(&url.scheme()))
}

fn wrong(setting: &str, what: &str) -> Error {
    Error::internal(format!("the setting {setting} is missing or wrong: it wants {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_provider_is_none() {
        assert!(Settings::default().known().unwrap().is_none());
        let text = |text: &str| Some(text.to_owned());
        let whole = Settings {
            oidc_issuer: text("https://id.example"),
            oidc_client_id: text("sanlian"),
            oidc_client_secret: Some(ClientSecret::new("hidden".to_owned())),
            oidc_redirect_url: text("https://api.example/sign-in/oidc/callback"),
            oidc_return_urls: vec!["https://app.example/in".to_owned(), " cn.example.app:/in".to_owned()],
            ..Settings::default()
        };
        let known = whole.known().unwrap().unwrap();
        assert_eq!((known.back.len(), known.back[1].as_str()), (2, "cn.example.app:/in"));
        assert!(!format!("{whole:?} {known:?}").contains("hidden"));
        for (setting, half) in [
            ("ISSUER", Settings { oidc_issuer: text("http://id.example"), ..whole.clone() }),
            ("ISSUER", Settings { oidc_issuer: text("id.example"), ..whole.clone() }),
            ("CLIENT_ID", Settings { oidc_client_id: None, ..whole.clone() }),
            ("CLIENT_SECRET", Settings { oidc_client_secret: None, ..whole.clone() }),
            ("REDIRECT_URL", Settings { oidc_redirect_url: text("http://api.example/"), ..whole.clone() }),
            ("RETURN_URLS", Settings { oidc_return_urls: vec![], ..whole.clone() }),
            (
                "RETURN_URLS",
                Settings { oidc_return_urls: vec!["javascript:alert(1)".to_owned()], ..whole.clone() },
            ),
            ("RETURN_URLS", Settings { oidc_return_urls: vec!["https://a.example/#x".to_owned()], ..whole }),
        ] {
            let sentence = half.known().unwrap_err().detail();
            assert!(sentence.starts_with(&format!("the setting SANLIAN_OIDC_{setting} ")), "{sentence}");
        }
    }
}
