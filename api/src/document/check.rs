//! Checks a document against the schema, once, before the server knows it.

use std::sync::{Arc, LazyLock};

use async_graphql::extensions::{Extension, ExtensionContext, ExtensionFactory, NextExecute};
use async_graphql::{Request, Response, Value};
use futures::future::BoxFuture;
use guard::Limits;

use super::known::Document;
use crate::Api;
use crate::http::graphql::outline::OUTLINE;
use crate::http::graphql::text_holds_nul;
use platform::message::Message;
use platform::say;

/// The schema, with an extension that stops after validation: nothing is executed.
static CHECKING: LazyLock<Api> = LazyLock::new(|| crate::schema().extension(Halt).finish());

/// Checks that a document is within the limits and that each of its operations fits the schema.
#[must_use]
pub fn checked(text: String, limits: &Limits) -> BoxFuture<'_, Result<Document, Message>> {
    Box::pin(check(text, limits))
}

async fn check(text: String, limits: &Limits) -> Result<Document, Message> {
    if text_holds_nul(&text) {
        return Err(say!("no-nul"));
    }
    let known = guard::Known::new(&text, &OUTLINE.shape, limits)
        .map_err(|refusal| Message::verbatim(refusal.to_string()))?;
    for (name, _) in known.document.operations.iter() {
        let mut request = Request::new(&text);
        request.operation_name = name.map(ToString::to_string);
        request.set_parsed_query(known.document.clone());
        if let Some(error) = CHECKING.execute(request).await.errors.first() {
            return Err(Message::verbatim(error.message.clone()));
        }
    }
    Ok(Document { text, known })
}

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
