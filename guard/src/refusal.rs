//! Why a document is not read on. What is said of it quotes nothing of it.

use std::fmt;

use async_graphql_parser::{Error, Pos};

/// Which limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    Bytes,
    Tokens,
    Name,
    Nesting,
    Depth,
    Height,
    Selections,
    Aliases,
    Directives,
    Roots,
    Acts,
    Cost,
}

impl Limit {
    pub(crate) fn hold(self, asked: u64, limit: u64) -> Result<(), Refusal> {
        if asked <= limit { Ok(()) } else { Err(Refusal::Exceeded { what: self, asked, limit }) }
    }

    /// What is counted, and what to do where there is too much of it.
    const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Bytes => ("bytes", "send values as variables"),
            Self::Tokens => ("tokens", "send values as variables, or several requests"),
            Self::Name => ("characters in a name", "use shorter names"),
            Self::Nesting => ("brackets within brackets", "send values as variables"),
            Self::Depth => ("fields within fields", "ask for what lies deeper by its `id`"),
            Self::Height => ("selections within selections", "spread fewer fragments within fragments"),
            Self::Selections => ("fields and fragments", "send several requests"),
            Self::Aliases => ("aliases", "ask for a list, or send several requests"),
            Self::Directives => ("directives", "leave out what you do not want"),
            Self::Roots => ("fields at the root", "send several requests"),
            Self::Acts => ("mutations", "send several requests"),
            Self::Cost => ("values", "ask for fewer fields, or smaller pages with `first`"),
        }
    }
}

/// Why a document is not read on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It is no GraphQL.
    Syntax { message: String, at: Vec<Pos> },
    /// There is too much of something.
    Exceeded { what: Limit, asked: u64, limit: u64 },
    /// A fragment leads back to itself.
    Circle { at: Pos },
    /// A variable is not given that has to be.
    Variable { at: Pos },
    /// None of its operations is the one that is asked for.
    Operation,
}

impl Refusal {
    pub(crate) fn syntax(message: &str) -> Self {
        Self::Syntax { message: message.to_owned(), at: vec![] }
    }

    /// The parser's own words show the line that it did not understand, and name operations: only what it
    /// expected is told.
    pub(crate) fn of_parser(error: &Error) -> Self {
        let message = match error {
            Error::Syntax { message, .. } => match message.rsplit_once('\n') {
                Some((_, expected)) => expected.trim_start_matches([' ', '=']).to_owned(),
                None => "this is no GraphQL".to_owned(),
            },
            Error::MultipleOperations { .. } => "an operation without a name stands alone".to_owned(),
            Error::OperationDuplicated { .. } => "two operations have one name".to_owned(),
            Error::FragmentDuplicated { .. } => "two fragments have one name".to_owned(),
            Error::MissingOperation => "there is no operation".to_owned(),
            _ => "this is no document to execute".to_owned(),
        };
        Self::Syntax { message, at: error.positions().collect() }
    }

    /// Where in the text.
    #[must_use]
    pub fn at(&self) -> &[Pos] {
        match self {
            Self::Syntax { at, .. } => at,
            Self::Circle { at } | Self::Variable { at } => std::slice::from_ref(at),
            Self::Exceeded { .. } | Self::Operation => &[],
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax { message, .. } => write!(f, "syntax error: {message}"),
            Self::Circle { .. } => write!(f, "a fragment leads back to itself"),
            Self::Variable { .. } => write!(f, "a variable has to be given that is not"),
            Self::Operation => write!(f, "say in `operationName` which operation is meant, by its name"),
            Self::Exceeded { what, asked, limit } => {
                let (counted, advice) = what.words();
                let most = if *asked == u64::MAX {
                    "more than can be counted".to_owned()
                } else {
                    asked.to_string()
                };
                write!(f, "a document may hold {limit} {counted}, this one holds {most}: {advice}")
            }
        }
    }
}
