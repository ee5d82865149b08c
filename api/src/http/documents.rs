//! Trusted documents 可信文档: those that an operator has put into a folder. They are read, parsed and checked against the
//! schema when the server starts; callers name them by the SHA-256 of their text and need not send it. Where nothing else
//! may be asked, that holds for those without a token and for applications: people's own tools go on.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_graphql::extensions::{Extension, ExtensionContext, ExtensionFactory, NextExecute};
use async_graphql::parser::types::ExecutableDocument;
use async_graphql::{Request, Response, Value};

use super::Api;
use super::meter::hash;
use crate::access::Viewer;
use crate::error::{Error, ErrorCode, Result};

/// What hashes of texts are called in the draft *Persisted Documents* of GraphQL over HTTP.
const PREFIX: &str = "sha256:";

#[derive(Default)]
pub struct Documents {
    by_hash: HashMap<String, Document>,
    /// Whether strangers and applications may ask for nothing else.
    only: bool,
}

pub struct Document {
    pub text: String,
    pub parsed: ExecutableDocument,
}

impl Documents {
    /// All files below a folder that end in `.graphql`.
    pub async fn read(folder: &Path, only: bool, limits: &guard::Limits) -> Result<Self> {
        let mut files = vec![];
        find(folder, &mut files).map_err(|error| {
            Error::internal(format!("cannot read {} ({error}): see --documents", folder.display()))
        })?;
        let (schema, mut by_hash) = (crate::schema().extension(Halt).finish(), HashMap::new());
        for (file, text) in files {
            let parsed = checked(&schema, &text, limits).await.map_err(|wrong| {
                Error::internal(format!("{}: {wrong}: mend it, or take it out", file.display()))
            })?;
            by_hash.insert(hash(&text), Document { text, parsed });
        }
        Ok(Self { by_hash, only })
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.by_hash.len()
    }

    pub fn named(&self, id: &str) -> Result<&Document> {
        self.by_hash.get(id.strip_prefix(PREFIX).unwrap_or(id)).ok_or_else(|| {
            let message = "no document of this id is registered here: it is the SHA-256 of a document's text";
            Error::Protocol { code: ErrorCode::DocumentUnknown, message: message.to_owned() }
        })
    }

    /// Refuses a document that is not registered, to those who may ask for no other.
    pub fn let_in(&self, viewer: Option<&Viewer>, hash: &str) -> Result<()> {
        let is_a_person = viewer.is_some_and(|viewer| viewer.application.is_none());
        if !self.only || is_a_person || self.by_hash.contains_key(hash) {
            return Ok(());
        }
        let message = "only registered documents are carried out here: name one by `documentId`".to_owned();
        Err(Error::Protocol { code: ErrorCode::Forbidden, message })
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

/// A document that is within the limits, and fits the schema whichever of its operations is asked for.
async fn checked(schema: &Api, text: &str, limits: &guard::Limits) -> Result<ExecutableDocument, String> {
    let parsed = guard::parse(text, limits).map_err(|refusal| refusal.to_string())?;
    for (name, _) in parsed.operations.iter() {
        let mut request = Request::new(text);
        request.operation_name = name.map(ToString::to_string);
        request.set_parsed_query(parsed.clone());
        if let Some(error) = schema.execute(request).await.errors.first() {
            return Err(error.message.clone());
        }
    }
    Ok(parsed)
}

/// Ends a request when its document has been found to fit the schema.
struct Halt;

impl ExtensionFactory for Halt {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Self)
    }
}

#[async_trait::async_trait]
impl Extension for Halt {
    async fn execute(&self, _: &ExtensionContext<'_>, _: Option<&str>, _: NextExecute<'_>) -> Response {
        Response::new(Value::Null)
    }
}
