//! One error for the house. What a person can mend goes into a payload's `userErrors`; protocol, access and faults
//! of ours become top-level errors. Each carries a code; internal detail is logged and never sent.

use async_graphql::{Enum, ErrorExtensions, Object, SimpleObject};
use sea_orm::{DbErr, SqlErr};

use crate::db::Failure;
use crate::message::{Language, Message};
use crate::say;

/// Code of an error, for programs.
/// 错误代码。
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum, serde::Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ErrorCode {
    /// There is no valid token: sign in first.
    /// 未登录,或登录已失效。
    Unauthenticated,
    /// The role of the account does not permit this, although the place is the account's own.
    /// 角色无此权限。
    Forbidden,
    /// The thing is absent, or lies outside the account's scope; the answer does not tell which.
    /// 不存在,或不在账户的权限范围内。
    NotFound,
    /// A value does not fit its field.
    /// 取值无效。
    Invalid,
    /// A field is missing or blank.
    /// 缺少必填项。
    Required,
    /// Another row has this id, code or name, or holds in the same time.
    /// 已存在。
    AlreadyExists,
    /// The last day lies before the first.
    /// 结束日期早于开始日期。
    EndBeforeStart,
    /// A rule allows no more.
    /// 超过规则上限。
    LimitExceeded,
    /// The party or the day does not qualify under a rule.
    /// 不符合规则。
    NotEligible,
    /// The row is at another step, or something that rests on it lasts longer.
    /// 环节不符,或尚有依附于它的内容。
    WrongStep,
    /// The row has changed since the caller read it.
    /// 版本冲突:读取之后已被更改。
    VersionConflict,
    /// The idempotency key was used with other input.
    /// 幂等键已用于其他内容。
    IdempotencyKeyReused,
    /// The cursor was not issued for this list.
    /// 游标无效。
    BadCursor,
    /// The name or the password is wrong.
    /// 账户或密码错误。
    BadCredentials,
    /// The password must be changed first, with `passwordChange`.
    /// 须先通过 `passwordChange` 更改密码。
    PasswordDue,
    /// The caller sent too many requests: wait as long as `Retry-After` says.
    /// 请求过于频繁,请按 `Retry-After` 等待。
    RateLimited,
    /// The request cannot be read: it is no JSON, has a key twice, has no `query`, or names several documents.
    /// 请求格式错误。
    BadRequest,
    /// The method is neither GET nor POST, or a mutation was sent by GET.
    /// 请求方法不支持。
    MethodNotAllowed,
    /// The caller accepts no JSON.
    /// 响应类型不支持。
    NotAcceptable,
    /// The body is no JSON.
    /// 请求类型不支持。
    UnsupportedMediaType,
    /// The body is too large.
    /// 请求体过大。
    TooLarge,
    /// The body did not arrive in time.
    /// 请求体传输超时。
    TooSlow,
    /// The document has too many tokens, fields, aliases, directives or mutations.
    /// 查询过大。
    QueryTooLarge,
    /// The document is nested too deeply.
    /// 查询嵌套过深。
    DepthExceeded,
    /// No document of this id is registered: send its text, or register it.
    /// 文档未登记。
    DocumentUnknown,
    /// The answer could hold too many values; `extensions.cost` says how many.
    /// 查询过于复杂。
    QueryTooComplex,
    /// The server is busy; the same request may succeed in a moment.
    /// 系统繁忙,请稍后重试。
    Busy,
    /// The work took too long and was ended: ask for less, or send the act again under the same key.
    /// 处理超时,已终止。
    TimedOut,
    /// The server is at fault; the log has the details under the request's id.
    /// 内部错误。
    Internal,
}

/// An error that the caller can correct.
#[derive(Clone, Debug, PartialEq)]
pub struct UserError {
    pub field: Option<String>,
    pub message: Message,
    pub code: ErrorCode,
}

/// An error that the caller can correct.
/// 可更正的错误。
#[Object]
impl UserError {
    /// Path of the input field, `household` or `funds.0.amount`; null if the whole input is meant.
    /// 输入字段的路径;针对整个输入时为空。
    async fn field(&self) -> Option<&str> {
        self.field.as_deref()
    }

    /// The error as a sentence, in Chinese or English as `Accept-Language` prefers.
    /// 错误说明,按 `Accept-Language` 使用中文或英文。
    async fn message(&self) -> String {
        self.message.said(Language::current())
    }

    /// The kind of error, for programs.
    /// 错误代码,供程序判断。
    async fn code(&self) -> ErrorCode {
        self.code
    }

    /// Id of the sentence, finer than the code: a front end may say it in its own words.
    /// 错误说明的标识,比错误代码更细,前端可据此自拟文字。
    async fn message_id(&self) -> &str {
        self.message.id()
    }

    /// Values in the sentence, by name.
    /// 错误说明中的各项取值。
    async fn arguments(&self) -> Vec<MessageArgument> {
        let arguments = self.message.arguments();
        arguments.map(|(name, value)| MessageArgument { name: name.to_owned(), value }).collect()
    }
}

/// A value in the sentence of an error.
/// 错误说明中的一项取值。
#[derive(Clone, Debug, SimpleObject)]
pub struct MessageArgument {
    /// Name of the value, `day`.
    /// 名称。
    pub name: String,
    /// The value as it is written in the sentence.
    /// 取值。
    pub value: String,
}

/// It has no `Display` on purpose: async-graphql would then show any error as it reads, internal detail and all.
#[derive(Clone, Debug)]
pub enum Error {
    Unauthenticated,
    Forbidden,
    NotFound,
    Protocol { code: ErrorCode, message: Message },
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
    pub fn field(field: &str, code: ErrorCode, message: Message) -> Self {
        Self::User(UserError { field: Some(field.to_owned()), message, code })
    }

    /// The input names something that is absent or not the viewer's.
    pub fn missing(field: &str) -> Self {
        Self::field(field, ErrorCode::NotFound, say!("names-nothing", field = field))
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
        Self::Protocol { code: ErrorCode::PasswordDue, message: say!("password-due") }
    }

    /// For an application that asks more often than it may.
    #[must_use]
    pub fn rate_limited() -> Self {
        Self::Protocol { code: ErrorCode::RateLimited, message: say!("rate-limited") }
    }

    /// For what took too long.
    #[must_use]
    pub fn timed_out() -> Self {
        Self::Protocol { code: ErrorCode::TimedOut, message: say!("timed-out") }
    }

    /// For what was not begun, since too much is going on.
    #[must_use]
    pub fn busy() -> Self {
        Self::Protocol { code: ErrorCode::Busy, message: say!("busy") }
    }

    pub fn internal(detail: impl std::fmt::Display) -> Self {
        Self::Internal(detail.to_string())
    }

    /// The error in full and in English, for logs and the command line.
    #[must_use]
    pub fn detail(&self) -> String {
        match self {
            Self::Internal(detail) => detail.clone(),
            Self::Database(error) => format!("the database says: {error}"),
            _ => self.message().said(Language::English),
        }
    }

    /// The sentence for the caller; details of our own faults stay in the log.
    #[must_use]
    pub fn message(&self) -> Message {
        match self {
            Self::Unauthenticated => say!("unauthenticated"),
            Self::Forbidden => say!("forbidden"),
            Self::NotFound => say!("not-found"),
            Self::Protocol { message, .. } => message.clone(),
            Self::User(error) => error.message.clone(),
            Self::Database(_) if self.code() == ErrorCode::Busy => say!("database-away"),
            Self::Database(_) | Self::Internal(_) => say!("internal"),
        }
    }

    /// Logs the details of a fault of ours.
    fn log(&self) {
        match (self, self.code()) {
            (Self::Database(_), ErrorCode::Busy) => {
                tracing::error!(detail = self.detail(), "the database cannot be used at present");
            }
            (_, ErrorCode::Internal) => tracing::error!(detail = self.detail(), "internal error"),
            _ => {}
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
        error.log();
        let (code, message) = (error.code(), error.message());
        Self::new(message.said(Language::current())).extend_with(|_, extensions| {
            extensions.set("code", async_graphql::Name::new(code_name(code)));
            extensions.set("messageId", message.id());
        })
    }
}

/// The code as it is written in `extensions.code`.
#[must_use]
pub fn code_name(code: ErrorCode) -> String {
    serde_json::to_value(code).ok().and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
}

/// A unique index: its name, its columns as SQLite names them, the input field, and the sentence when the value is taken.
type Unique = (&'static str, &'static str, &'static str, fn() -> Message);

/// Which user error a violated constraint means. PostgreSQL names the constraint; SQLite names a unique index by its
/// columns and a check by its name; a foreign key never gets here, its parent is read within scope first.
const CONSTRAINTS: &[Unique] = &[
    ("household_number_key", "household.ledger_id, household.village_id, household.number", "number", || {
        say!("household-number-taken")
    }),
    ("trusted_document_hash_key", "trusted_document.hash", "text", || say!("trusted-document-hash-taken")),
    ("trusted_document_pkey", "trusted_document.id", "id", || say!("id-taken")),
    ("household_pkey", "household.ledger_id, household.id", "id", || say!("id-taken")),
    ("account_proposal_pkey", "account_proposal.id", "id", || say!("id-taken")),
    ("region_pkey", "region.id", "id", || say!("id-taken")),
    ("organisation_pkey", "organisation.id", "id", || say!("id-taken")),
    ("committee_pkey", "committee.id", "id", || say!("id-taken")),
    ("person_pkey", "person.id", "id", || say!("id-taken")),
    ("member_pkey", "member.id", "id", || say!("id-taken")),
    ("industry_pkey", "industry.id", "id", || say!("id-taken")),
    ("record_pkey", "record.ledger_id, record.id", "id", || say!("id-taken")),
    ("link_pkey", "link.ledger_id, link.id", "id", || say!("id-taken")),
    (
        "household_income_source_key",
        "household_income.ledger_id, household_income.household_id, household_income.year, household_income.source",
        "source",
        || say!("household-income-source-taken"),
    ),
    ("organisation_name_key", "organisation.region_id, organisation.name", "name", || {
        say!("organisation-name-taken")
    }),
    ("committee_name_key", "committee.organisation_id, committee.name", "name", || {
        say!("committee-name-taken")
    }),
    (
        "committee_member_person_key",
        "committee_member.committee_id, committee_member.person_id",
        "person",
        || say!("committee-member-person-taken"),
    ),
    ("member_seat_key", "member.person_id, member.organisation_id, member.kind", "person", || {
        say!("member-seat-taken")
    }),
    ("industry_name_key", "industry.region_id, industry.name", "name", || say!("industry-name-taken")),
    (
        "industry_unit_name_key",
        "industry_unit.industry_id, industry_unit.kind, industry_unit.name",
        "name",
        || say!("industry-unit-name-taken"),
    ),
    ("region_code_key", "region.code", "code", || say!("region-code-taken")),
    ("ledger_region_key", "ledger.region_id", "region", || say!("ledger-region-taken")),
    ("programme_pkey", "programme.id", "id", || say!("id-taken")),
    ("link_rule_pkey", "link_rule.id", "id", || say!("id-taken")),
    ("checklist_pkey", "checklist.id", "id", || say!("id-taken")),
    ("duty_rule_pkey", "duty_rule.id", "id", || say!("id-taken")),
    ("indicator_pkey", "indicator.id", "id", || say!("id-taken")),
    ("category_set_pkey", "category_set.id", "id", || say!("id-taken")),
    ("account_pkey", "account.id", "id", || say!("id-taken")),
    ("programme_code_key", "programme.code", "code", || say!("programme-code-taken")),
    ("link_rule_code_key", "link_rule.programme_id, link_rule.code, link_rule.valid_from", "code", || {
        say!("link-rule-code-taken")
    }),
    ("duty_rule_code_key", "duty_rule.programme_id, duty_rule.code, duty_rule.valid_from", "code", || {
        say!("duty-rule-code-taken")
    }),
    ("checklist_code_key", "checklist.programme_id, checklist.code", "code", || say!("checklist-code-taken")),
    ("indicator_code_key", "indicator.code", "code", || say!("indicator-code-taken")),
    ("indicator_programme_code_key", "indicator.programme_id, indicator.code", "code", || {
        say!("indicator-programme-code-taken")
    }),
    ("category_code_key", "category.set_id, category.code", "code", || say!("category-code-taken")),
    ("category_set_code_key", "category_set.code", "code", || say!("category-set-code-taken")),
    ("category_set_programme_code_key", "category_set.programme_id, category_set.code", "code", || {
        say!("category-set-programme-code-taken")
    }),
    ("account_name_key", "account.name", "name", || say!("account-name-taken")),
    ("account_folded_name_key", "index 'account_folded_name_key'", "name", || {
        say!("account-folded-name-taken")
    }),
    ("account_identity_subject_key", "account_identity.issuer, account_identity.subject", "subject", || {
        say!("account-identity-subject-taken")
    }),
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
        Some((_, _, field, message)) => Error::field(field, ErrorCode::AlreadyExists, message()),
        None => Error::Database(error),
    }
}
