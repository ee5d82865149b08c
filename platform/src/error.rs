//! One error for the house. What a person can mend goes into a payload's `userErrors`; protocol, access and faults
//! of ours become top-level errors. Each carries a code; internal detail is logged and never sent.

use async_graphql::{Enum, ErrorExtensions, SimpleObject};
use sea_orm::{DbErr, SqlErr};

use crate::db::Failure;

/// Code of an error 错误代码.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum, serde::Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ErrorCode {
    /// No valid token 未登录.
    Unauthenticated,
    /// In your place, but not permitted to your role 无权限.
    Forbidden,
    /// Absent, or not yours: the answer is the same 不存在.
    NotFound,
    /// The value does not fit 无效值.
    Invalid,
    /// Something required is missing or blank 缺少必填项.
    Required,
    /// It exists already 已存在.
    AlreadyExists,
    /// The last day lies before the first 结束早于开始.
    EndBeforeStart,
    /// More than a rule allows 超过规则上限.
    LimitExceeded,
    /// The target does not qualify under the rule 不符合规则.
    NotEligible,
    /// The record is at another step 环节不符.
    WrongStep,
    /// The record has changed since it was read 版本冲突.
    VersionConflict,
    /// The idempotency key was used with other input 幂等键冲突.
    IdempotencyKeyReused,
    /// A page cursor that was not issued for this list 游标无效.
    BadCursor,
    /// Name or password is wrong 账户或密码错误.
    BadCredentials,
    /// The password must be changed before anything else: `passwordChange` 须先更改密码.
    PasswordDue,
    /// Too many requests in a short time: wait as long as `Retry-After` says 请求过于频繁.
    RateLimited,
    /// The request cannot be read: no UTF-8, no JSON, a key twice, no `query`, several operations at once 请求格式错误.
    BadRequest,
    /// Ask by GET or POST, and send mutations by POST 请求方法不支持.
    MethodNotAllowed,
    /// Answers are JSON 响应类型不支持.
    NotAcceptable,
    /// Requests are JSON 请求类型不支持.
    UnsupportedMediaType,
    /// The body is too large 请求体过大.
    TooLarge,
    /// The body did not come in time 请求体超时.
    TooSlow,
    /// The document is too large: tokens, fields, aliases, directives or mutations 查询过大.
    QueryTooLarge,
    /// The document goes too deep 查询嵌套过深.
    DepthExceeded,
    /// No document of this id is registered: send its text, or register it 文档未登记.
    DocumentUnknown,
    /// The answer could hold too many values: see `extensions.cost` 查询过于复杂.
    QueryTooComplex,
    /// The server is busy; the same request may succeed in a moment 稍后重试.
    Busy,
    /// It took too long and was ended: ask for less; an act may be sent again under the same key 超时.
    TimedOut,
    /// A fault of ours, logged under the request's id 内部错误.
    Internal,
}

/// Something the person can mend 可更正的错误.
#[derive(Clone, Debug, PartialEq, Eq, SimpleObject)]
pub struct UserError {
    /// Path of the input field, `household` or `funds.0.amount`; absent where the whole input is meant.
    pub field: Option<String>,
    /// What is wrong, as a sentence.
    pub message: String,
    /// What is wrong, for programs.
    pub code: ErrorCode,
}

/// It has no `Display` on purpose: async-graphql would then show any error as it reads, internal detail and all.
#[derive(Clone, Debug)]
pub enum Error {
    Unauthenticated,
    Forbidden,
    NotFound,
    Protocol { code: ErrorCode, message: String },
    User(UserError),
    Database(DbErr),
    Internal(String),
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        match Failure::of(&error) {
            Failure::Exhausted => Self::busy(),
            Failure::TimeUp => Self::timed_out(),
            _ => Self::Database(error),
        }
    }
}

pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An error on an input field.
    pub fn field(field: &str, code: ErrorCode, message: impl Into<String>) -> Self {
        Self::User(UserError { field: Some(field.to_owned()), message: message.into(), code })
    }

    /// The input names something that is absent or not the viewer's.
    pub fn missing(field: &str) -> Self {
        Self::field(field, ErrorCode::NotFound, format!("`{field}` names nothing that you can see"))
    }

    /// The same, said of another field.
    #[must_use]
    pub fn on(self, field: &str) -> Self {
        match self {
            Self::User(error) => Self::User(UserError { field: Some(field.to_owned()), ..error }),
            other => other,
        }
    }

    /// Nothing is done for one whose password must be changed.
    #[must_use]
    pub fn password_due() -> Self {
        let message = "change the password first, with the mutation `passwordChange`".to_owned();
        Self::Protocol { code: ErrorCode::PasswordDue, message }
    }

    /// For an application that asks more often than it may.
    #[must_use]
    pub fn rate_limited() -> Self {
        let message = "too many requests: wait as long as `Retry-After` says".to_owned();
        Self::Protocol { code: ErrorCode::RateLimited, message }
    }

    /// For what took too long.
    #[must_use]
    pub fn timed_out() -> Self {
        let message =
            "it took too long and was ended: ask for less, or send the act again under the same key";
        Self::Protocol { code: ErrorCode::TimedOut, message: message.to_owned() }
    }

    /// For what was not begun, since too much is going on.
    #[must_use]
    pub fn busy() -> Self {
        Self::Protocol { code: ErrorCode::Busy, message: "busy, try again".to_owned() }
    }

    pub fn internal(detail: impl std::fmt::Display) -> Self {
        Self::Internal(detail.to_string())
    }

    /// The error in full, for logs and the command line.
    #[must_use]
    pub fn detail(&self) -> String {
        match self {
            Self::Unauthenticated => "sign in first".to_owned(),
            Self::Forbidden => "your role does not allow this".to_owned(),
            Self::NotFound => "not found".to_owned(),
            Self::Protocol { message, .. } | Self::Internal(message) => message.clone(),
            Self::User(error) => error.message.clone(),
            Self::Database(error) => format!("the database says: {error}"),
        }
    }

    /// The error as a caller may read it; detail of faults of ours is logged.
    #[must_use]
    pub fn told(&self) -> String {
        match (self, self.code()) {
            (Self::Database(_), ErrorCode::Busy) => {
                tracing::error!(detail = self.detail(), "the database cannot be used at present");
                "the database cannot be used at present: try again in a moment; send an act again under the same key"
                    .to_owned()
            }
            (_, ErrorCode::Internal) => {
                tracing::error!(detail = self.detail(), "internal error");
                "internal error".to_owned()
            }
            _ => self.detail(),
        }
    }

    #[must_use]
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Unauthenticated => ErrorCode::Unauthenticated,
            Self::Forbidden => ErrorCode::Forbidden,
            Self::NotFound => ErrorCode::NotFound,
            Self::Protocol { code, .. } => *code,
            Self::User(error) => error.code,
            Self::Database(error) if Failure::of(error).passes() => ErrorCode::Busy,
            Self::Database(_) | Self::Internal(_) => ErrorCode::Internal,
        }
    }
}

/// The error as a caller may see it. Detail of our own faults is logged, with the request's id on the span.
impl From<Error> for async_graphql::Error {
    fn from(error: Error) -> Self {
        let code = error.code();
        Self::new(error.told()).extend_with(|_, extensions| {
            extensions.set("code", async_graphql::Name::new(code_name(code)));
        })
    }
}

/// The code as it is written in `extensions.code`.
#[must_use]
pub fn code_name(code: ErrorCode) -> String {
    serde_json::to_value(code).ok().and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
}

/// Which user error a violated constraint means. PostgreSQL names the constraint; SQLite names a unique index by its
/// columns and a check by its name; a foreign key never gets here, its parent is read within scope first.
const CONSTRAINTS: &[(&str, &str, &str, ErrorCode, &str)] = &[
    (
        "household_number_key",
        "household.ledger_id, household.village_id, household.number",
        "number",
        ErrorCode::AlreadyExists,
        "a household of this village has this number",
    ),
    (
        "trusted_document_hash_key",
        "trusted_document.hash",
        "text",
        ErrorCode::AlreadyExists,
        "this document is registered already",
    ),
    ("trusted_document_pkey", "trusted_document.id", "id", ErrorCode::AlreadyExists, "this id is taken"),
    (
        "household_pkey",
        "household.ledger_id, household.id",
        "id",
        ErrorCode::AlreadyExists,
        "this id is taken",
    ),
    ("account_proposal_pkey", "account_proposal.id", "id", ErrorCode::AlreadyExists, "this id is taken"),
    ("region_pkey", "region.id", "id", ErrorCode::AlreadyExists, "this id is taken"),
    ("organisation_pkey", "organisation.id", "id", ErrorCode::AlreadyExists, "this id is taken"),
    ("committee_pkey", "committee.id", "id", ErrorCode::AlreadyExists, "this id is taken"),
    ("person_pkey", "person.id", "id", ErrorCode::AlreadyExists, "this id is taken"),
    ("member_pkey", "member.id", "id", ErrorCode::AlreadyExists, "this id is taken"),
    ("industry_pkey", "industry.id", "id", ErrorCode::AlreadyExists, "this id is taken"),
    ("record_pkey", "record.ledger_id, record.id", "id", ErrorCode::AlreadyExists, "this id is taken"),
    ("link_pkey", "link.ledger_id, link.id", "id", ErrorCode::AlreadyExists, "this id is taken"),
    (
        "household_income_source_key",
        "household_income.ledger_id, household_income.household_id, household_income.year, household_income.source",
        "source",
        ErrorCode::AlreadyExists,
        "income of this year from this source is recorded",
    ),
    (
        "organisation_name_key",
        "organisation.region_id, organisation.name",
        "name",
        ErrorCode::AlreadyExists,
        "an organisation of this region has this name",
    ),
    (
        "committee_name_key",
        "committee.organisation_id, committee.name",
        "name",
        ErrorCode::AlreadyExists,
        "a committee of this organisation has this name",
    ),
    (
        "committee_member_person_key",
        "committee_member.committee_id, committee_member.person_id",
        "person",
        ErrorCode::AlreadyExists,
        "this person is in the committee",
    ),
    (
        "member_seat_key",
        "member.person_id, member.organisation_id, member.kind",
        "person",
        ErrorCode::AlreadyExists,
        "this person holds such a seat here",
    ),
    (
        "industry_name_key",
        "industry.region_id, industry.name",
        "name",
        ErrorCode::AlreadyExists,
        "an industry of this region has this name",
    ),
    (
        "industry_unit_name_key",
        "industry_unit.industry_id, industry_unit.kind, industry_unit.name",
        "name",
        ErrorCode::AlreadyExists,
        "a unit of this industry has this name",
    ),
    ("region_code_key", "region.code", "code", ErrorCode::AlreadyExists, "a region has this code"),
    (
        "ledger_region_key",
        "ledger.region_id",
        "region",
        ErrorCode::AlreadyExists,
        "this region keeps a ledger",
    ),
    ("programme_pkey", "programme.id", "id", ErrorCode::AlreadyExists, "this id is taken"),
    ("link_rule_pkey", "link_rule.id", "id", ErrorCode::AlreadyExists, "this id is taken"),
    ("checklist_pkey", "checklist.id", "id", ErrorCode::AlreadyExists, "this id is taken"),
    ("duty_rule_pkey", "duty_rule.id", "id", ErrorCode::AlreadyExists, "this id is taken"),
    ("indicator_pkey", "indicator.id", "id", ErrorCode::AlreadyExists, "this id is taken"),
    ("category_set_pkey", "category_set.id", "id", ErrorCode::AlreadyExists, "this id is taken"),
    ("account_pkey", "account.id", "id", ErrorCode::AlreadyExists, "this id is taken"),
    ("programme_code_key", "programme.code", "code", ErrorCode::AlreadyExists, "a programme has this code"),
    (
        "link_rule_code_key",
        "link_rule.programme_id, link_rule.code, link_rule.valid_from",
        "code",
        ErrorCode::AlreadyExists,
        "the programme has a rule with this code from this day",
    ),
    (
        "duty_rule_code_key",
        "duty_rule.programme_id, duty_rule.code, duty_rule.valid_from",
        "code",
        ErrorCode::AlreadyExists,
        "the programme has a duty with this code from this day",
    ),
    (
        "checklist_code_key",
        "checklist.programme_id, checklist.code",
        "code",
        ErrorCode::AlreadyExists,
        "the programme has a checklist with this code",
    ),
    ("indicator_code_key", "indicator.code", "code", ErrorCode::AlreadyExists, "an indicator has this code"),
    (
        "indicator_programme_code_key",
        "indicator.programme_id, indicator.code",
        "code",
        ErrorCode::AlreadyExists,
        "the programme has an indicator with this code",
    ),
    (
        "category_code_key",
        "category.set_id, category.code",
        "code",
        ErrorCode::AlreadyExists,
        "the set has a category with this code",
    ),
    ("category_set_code_key", "category_set.code", "code", ErrorCode::AlreadyExists, "a set has this code"),
    (
        "category_set_programme_code_key",
        "category_set.programme_id, category_set.code",
        "code",
        ErrorCode::AlreadyExists,
        "the programme has a set with this code",
    ),
    ("account_name_key", "account.name", "name", ErrorCode::AlreadyExists, "an account has this name"),
    (
        "account_folded_name_key",
        "index 'account_folded_name_key'",
        "name",
        ErrorCode::AlreadyExists,
        "an account has this name, but for the case of its letters",
    ),
    (
        "account_identity_subject_key",
        "account_identity.issuer, account_identity.subject",
        "subject",
        ErrorCode::AlreadyExists,
        "an account is linked to this subject",
    ),
];

/// Turns a violated constraint into the user error it means; any other database error stays what it is.
#[must_use]
pub fn from_write(error: DbErr) -> Error {
    if !matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) {
        return Error::Database(error);
    }
    let message = error.to_string();
    let violated = CONSTRAINTS.iter().find(|(name, columns, ..)| {
        message.contains(&format!("\"{name}\""))
            || message.ends_with(&format!("UNIQUE constraint failed: {columns}"))
    });
    match violated {
        Some((_, _, field, code, sentence)) => Error::field(field, *code, *sentence),
        None => Error::Database(error),
    }
}
