//! Documents that a server knows: those of its folder, and registered ones, which are loaded when first asked for.
//! Each is read, parsed, measured and checked against the schema once. With `only`, callers without a token and
//! applications may send no other document; people with a token may.
#![expect(
    clippy::disallowed_methods,
    reason = "whoever asks may name a document, before it is known who asks"
)]

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use entity::trusted_document::{Column, Entity};
use futures::future::BoxFuture;
use guard::Limits;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use sha2::{Digest, Sha256};

use crate::access::Viewer;
use platform::db::RequestDb;
use platform::error::{Error, ErrorCode, Result};
use platform::message::{Language, Message};
use platform::say;

/// Prefix of document ids in the draft *Persisted Documents* of GraphQL over HTTP.
const PREFIX: &str = "sha256:";

/// How long a registered document is served before the database is asked again whether it has been withdrawn.
const FRESH: Duration = Duration::from_secs(30);

/// Checks that a text is a document within the limits, each of whose operations fits the schema. The schema contains
/// the mutations of documents, so the check is handed in.
pub type Check = for<'a> fn(String, &'a Limits) -> BoxFuture<'a, Result<Document, Message>>;

pub struct Documents {
    check: Check,
    known: RwLock<HashMap<String, Known>>,
    /// Whether callers without a token and applications may send known documents alone.
    only: bool,
}

#[derive(Clone)]
struct Known {
    document: Arc<Document>,
    /// When the database was last asked; `None` for a document of the folder.
    asked: Option<Instant>,
}

/// A document that fits the schema; the values of its variables are checked with each request.
pub struct Document {
    pub text: String,
    pub known: guard::Known,
}

/// Id of a document: the SHA-256 of its text, in hexadecimal.
#[must_use]
pub fn hash(text: &str) -> String {
    format!("{:x}", Sha256::digest(text))
}

impl Documents {
    /// Without a folder: registered documents alone.
    #[must_use]
    pub fn registered(check: Check, only: bool) -> Self {
        Self { check, known: RwLock::default(), only }
    }

    /// Checks a text; the error says why it is refused.
    pub async fn checked(&self, text: String, limits: &Limits) -> Result<Document, Message> {
        (self.check)(text, limits).await
    }

    /// Loads all files below a folder that end in `.graphql`.
    pub async fn read(check: Check, folder: &Path, only: bool, limits: &Limits) -> Result<Self> {
        let mut files = vec![];
        find(folder, &mut files).map_err(|error| {
            Error::internal(format!("cannot read {} ({error}): see --documents", folder.display()))
        })?;
        let mut known = HashMap::new();
        for (file, text) in files {
            let document = check(text, limits).await.map_err(|wrong| {
                let wrong = wrong.said(Language::English);
                Error::internal(format!("{}: {wrong}: mend it, or take it out", file.display()))
            })?;
            known.insert(hash(&document.text), Known { document: document.into(), asked: None });
        }
        tracing::info!("{} documents of {} are known", known.len(), folder.display());
        Ok(Self { check, known: known.into(), only })
    }

    /// The document of that id, which a caller sends in place of the text; DOCUMENT_UNKNOWN if there is none.
    pub async fn named(&self, db: &RequestDb, limits: &Limits, id: &str) -> Result<Arc<Document>> {
        let found = self.find(db, limits, id.strip_prefix(PREFIX).unwrap_or(id)).await?;
        found.ok_or_else(|| {
            let message = say!("document-unknown");
            Error::Protocol { code: ErrorCode::DocumentUnknown, message }
        })
    }

    /// Refuses an unknown document to callers who may send known documents alone.
    pub async fn let_in(
        &self,
        db: &RequestDb,
        limits: &Limits,
        viewer: Option<&Viewer>,
        hash: &str,
    ) -> Result<()> {
        let is_a_person = viewer.is_some_and(|viewer| viewer.application.is_none());
        if !self.only || is_a_person || self.find(db, limits, hash).await?.is_some() {
            return Ok(());
        }
        Err(Error::Protocol { code: ErrorCode::Forbidden, message: say!("documents-registered-only") })
    }

    async fn find(&self, db: &RequestDb, limits: &Limits, hash: &str) -> Result<Option<Arc<Document>>> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner).get(hash).cloned();
        let fresh = known.as_ref().filter(|known| known.asked.is_none_or(|asked| asked.elapsed() < FRESH));
        if let Some(known) = fresh {
            return Ok(Some(Arc::clone(&known.document)));
        }
        if hash.len() != 64 || !hash.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Ok(None);
        }
        let registered = Entity::find().filter(Column::Hash.eq(hash)).filter(Column::Withdrawn.eq(false));
        let row = registered.one(db).await?;
        let document = match (row, known) {
            (None, _) => None,
            (Some(_), Some(known)) => Some(known.document),
            (Some(row), None) => match self.checked(row.text, limits).await {
                Ok(document) => Some(Arc::new(document)),
                Err(wrong) => {
                    let wrong = wrong.said(Language::English);
                    tracing::warn!(hash, wrong, "a registered document fits no longer");
                    None
                }
            },
        };
        let mut all = self.known.write().unwrap_or_else(PoisonError::into_inner);
        match &document {
            Some(document) => {
                let document = Arc::clone(document);
                all.insert(hash.to_owned(), Known { document, asked: Some(Instant::now()) });
            }
            None => drop(all.remove(hash)),
        }
        Ok(document)
    }
}

fn find(folder: &Path, files: &mut Vec<(PathBuf, String)>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            find(&path, files)?;
        } else if path.extension().is_some_and(|end| end == "graphql") {
            files.push((path.clone(), std::fs::read_to_string(path)?));
        }
    }
    Ok(())
}
