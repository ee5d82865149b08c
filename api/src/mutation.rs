//! Parts that all mutations share: an act enters its ledger, and the answer is read again in the caller's scope.

use std::sync::Arc;

use async_graphql::Context;
use entity::ids::LedgerId;
use uuid::Uuid;

use crate::access::Viewer;
use crate::access_log;
use crate::ledger::Act;
use crate::loader::Rows;
use crate::request::RequestApp;
use crate::session::asker::Asker;
use platform::error::{Error, Result, UserError};

/// The data of a request that resolvers ask for.
pub trait Asking {
    fn app(&self) -> Result<&RequestApp>;
    /// The viewer; UNAUTHENTICATED without a token, PASSWORD_DUE if the password must be changed first.
    fn viewer(&self) -> Result<&Arc<Viewer>>;
    fn rows(&self) -> Result<&Rows>;
}

impl Asking for Context<'_> {
    fn app(&self) -> Result<&RequestApp> {
        self.data::<RequestApp>().map_err(|error| Error::Internal(error.message))
    }

    fn viewer(&self) -> Result<&Arc<Viewer>> {
        self.data_opt::<Arc<Viewer>>().ok_or_else(|| {
            let bearer = self.data_opt::<Asker>().and_then(|asker| asker.bearer);
            if bearer.is_none() { Error::Unauthenticated } else { Error::password_due() }
        })
    }

    fn rows(&self) -> Result<&Rows> {
        self.viewer()?;
        self.data::<Rows>().map_err(|error| Error::Internal(error.message))
    }
}

/// An object that can be read by its id, within the viewer's scope: by `node`, and after a mutation.
pub trait Reread: Sized + Send {
    fn reread(
        ctx: &Context<'_>,
        ledger: LedgerId,
        id: Uuid,
    ) -> impl Future<Output = Result<Option<Self>>> + Send;
}

/// Answer of a mutation: the object, or the errors that the caller can correct.
pub trait Payload {
    type Object: Reread;
    fn new(object: Option<Self::Object>, user_errors: Vec<UserError>) -> Self;
}

/// Defines the payload of a mutation, with its one object and `userErrors`.
#[macro_export]
macro_rules! payload {
    ($(#[$meta:meta])* $name:ident { $(#[$fmeta:meta])* $field:ident: $object:ty }) => {
        $(#[$meta])*
        #[derive(async_graphql::SimpleObject)]
        pub struct $name {
            $(#[$fmeta])*
            pub $field: Option<$object>,
            /// Errors that the caller can correct; nothing was written if there are any.
            /// 可更正的错误;有错误时未写入任何内容。
            pub user_errors: Vec<platform::error::UserError>,
        }

        impl $crate::mutation::Payload for $name {
            type Object = $object;

            fn new($field: Option<$object>, user_errors: Vec<platform::error::UserError>) -> Self {
                Self { $field, user_errors }
            }
        }
    };
}

/// Runs an act in a ledger and answers its payload.
pub async fn run<A: Act, P: Payload>(
    ctx: &Context<'_>,
    ledger: Result<LedgerId>,
    act: A,
) -> Option<async_graphql::Result<P>> {
    let about = ledger.as_ref().ok().copied();
    let done = done(ctx, ledger, act).await;
    if let Some(result) = done.as_ref().err().and_then(access_log::result_of) {
        access_log::refused(ctx, A::NAME, about, result);
    }
    Some(match done {
        Ok((object, _)) => Ok(P::new(object, vec![])),
        Err(Error::User(error)) => Ok(P::new(None, vec![error])),
        Err(error) => Err(error.into()),
    })
}

/// Runs an act in a ledger; returns the object as it is now, and whether the act had been done before.
pub async fn done<A: Act, O: Reread>(
    ctx: &Context<'_>,
    ledger: Result<LedgerId>,
    act: A,
) -> Result<(Option<O>, bool)> {
    let viewer = ctx.viewer()?;
    viewer.may(A::ACTION)?;
    let (app, ledger) = (ctx.app()?, ledger?);
    let receipt = app.apart().await.ledger.enter(viewer, ledger, act).await?;
    // The act may have changed rows that were loaded before it.
    ctx.rows()?.enable_all_cache(false);
    Ok((O::reread(ctx, receipt.ledger, receipt.subject.id).await?, receipt.repeated))
}
