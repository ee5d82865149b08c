//! One use of each method that clippy.toml forbids. It compiles and must not pass clippy; `.ci/lints` sees to that.
#![allow(unused_must_use, clippy::missing_errors_doc)]

use entity::household::{ActiveModel, Entity, Model};
use sea_orm::{
    ActiveModelTrait, ConnectionTrait, DatabaseConnection, DbErr, Delete, EntityTrait, FromQueryResult,
    Insert, Linked, LoaderTrait, ModelTrait, Related, Select, SelectModel, SelectorRaw, Statement,
    TransactionError, TransactionTrait, Update, sea_query::SelectStatement,
};

fn main() {}

pub fn read(key: (entity::ids::LedgerId, entity::ids::HouseholdId), sql: Statement) {
    Entity::find();
    Entity::find_by_id(key);
    Model::find_by_statement(sql.clone());
    SelectorRaw::<SelectModel<Model>>::from_statement::<Model>(sql);
}

pub fn read_related<M, R, L>(row: &M, other: R, link: L, select: Select<M::Entity>, sql: Statement)
where
    M: ModelTrait,
    M::Entity: Related<R>,
    R: EntityTrait + Related<M::Entity>,
    L: Linked<FromEntity = M::Entity> + Copy,
{
    row.find_related(other);
    row.find_linked(link);
    M::Entity::find_related_rev::<R>();
    select.from_raw_sql(sql);
}

pub fn read_recursively<M: ModelTrait, L: Linked<FromEntity = M::Entity, ToEntity = M::Entity>>(
    row: &M,
    link: L,
) {
    row.find_linked_recursive(link);
}

pub async fn load<R, V>(rows: &Vec<Model>, db: &DatabaseConnection) -> Result<(), DbErr>
where
    R: EntityTrait,
    V: EntityTrait + Related<Entity> + Related<R>,
    R::Model: Send + Sync,
    V::Model: Send + Sync,
    Entity: Related<R>,
{
    rows.load_one(R::find(), db).await?;
    rows.load_many(R::find(), db).await?;
    rows.load_many_to_many(R::find(), V::default(), db).await?;
    Ok(())
}

pub async fn query(db: &DatabaseConnection, sql: Statement, select: SelectStatement) -> Result<(), DbErr> {
    db.query_one(&select).await?;
    db.query_one_raw(sql.clone()).await?;
    db.query_all(&select).await?;
    db.query_all_raw(sql.clone()).await?;
    db.execute(&select).await?;
    db.execute_raw(sql).await?;
    db.execute_unprepared("").await?;
    Ok(())
}

pub async fn write(db: &DatabaseConnection, row: ActiveModel, old: Model) -> Result<(), DbErr> {
    let key = (old.ledger_id, old.id);
    Entity::insert(row.clone()).exec(db).await?;
    Entity::insert_many([row.clone()]).exec(db).await?;
    Entity::update(row.clone()).exec(db).await?;
    Entity::update_many().exec(db).await?;
    Entity::delete(row.clone()).exec(db).await?;
    Entity::delete_many().exec(db).await?;
    Entity::delete_by_id(key).exec(db).await?;
    row.clone().insert(db).await?;
    row.clone().update(db).await?;
    row.clone().update_without_returning(db).await?;
    row.clone().save(db).await?;
    row.clone().delete(db).await?;
    old.delete(db).await?;
    Ok(())
}

pub async fn build(db: &DatabaseConnection, row: ActiveModel) -> Result<(), DbErr> {
    Insert::one(row.clone()).exec(db).await?;
    Insert::<ActiveModel>::many([row.clone()]).exec(db).await?;
    Update::one(row.clone()).exec(db).await?;
    Update::many(Entity).exec(db).await?;
    Delete::one(row).exec(db).await?;
    Delete::many(Entity).exec(db).await?;
    Ok(())
}

pub async fn transact(db: &DatabaseConnection) -> Result<(), TransactionError<DbErr>> {
    db.begin().await?;
    db.begin_with_config(None, None).await?;
    db.begin_with_options(Default::default()).await?;
    db.transaction(|_| Box::pin(async { Ok(()) })).await?;
    db.transaction_with_config(|_| Box::pin(async { Ok(()) }), None, None).await
}

pub fn time() {
    chrono::Utc::now();
    chrono::Local::now();
    std::time::SystemTime::now();
}
