//! How changes are written down: a table with its columns, keys and indexes as a short list.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema;

pub use sea_orm_migration::schema::{
    big_integer, boolean, boolean_null, date, date_null, integer, integer_null, text, text_null,
    timestamp_with_time_zone as timestamp, uuid, uuid_null,
};

/// A JSON column: `jsonb` on PostgreSQL, text on SQLite.
pub fn json(name: &'static str) -> ColumnDef {
    schema::json_binary(name)
}

/// A column of bytes: `bytea` on PostgreSQL, a blob on SQLite.
pub fn binary(name: &'static str) -> ColumnDef {
    schema::binary(name)
}

/// A table in the making.
pub struct Table {
    name: &'static str,
    create: TableCreateStatement,
    indexes: Vec<IndexCreateStatement>,
}

/// Starts a table with its primary key.
pub fn table(name: &'static str, key: &[&'static str]) -> Table {
    let mut primary = Index::create();
    primary.name(format!("{name}_pkey"));
    for column in key {
        primary.col(*column);
    }
    let mut create = sea_orm_migration::prelude::Table::create();
    create.table(name).primary_key(&mut primary);
    Table { name, create, indexes: vec![] }
}

impl Table {
    pub fn columns(mut self, columns: impl IntoIterator<Item = ColumnDef>) -> Self {
        for column in columns {
            self.create.col(column);
        }
        self
    }

    /// A foreign key `<table>_<column>_fkey` to the `id` of a reference table.
    pub fn refers(self, column: &'static str, to: &'static str) -> Self {
        self.foreign(&[column], to, &["id"])
    }

    /// A foreign key within one ledger.
    pub fn within_ledger(self, column: &'static str, to: &'static str) -> Self {
        self.foreign(&["ledger_id", column], to, &["ledger_id", "id"])
    }

    fn foreign(mut self, columns: &[&'static str], to: &'static str, keys: &[&'static str]) -> Self {
        let mut key = ForeignKey::create();
        key.name(format!("{}_{}_fkey", self.name, columns.last().unwrap_or(&"")));
        for (column, target) in columns.iter().zip(keys) {
            key.from(self.name, *column).to(to, *target);
        }
        self.create.foreign_key(&mut key);
        self
    }

    pub fn check(mut self, name: &'static str, condition: &'static str) -> Self {
        self.create.check((format!("{}_{name}", self.name), Expr::cust(condition)));
        self
    }

    pub fn index(mut self, name: &'static str, columns: &[&'static str]) -> Self {
        self.indexes.push(self.new_index(name, columns));
        self
    }

    pub fn unique(mut self, name: &'static str, columns: &[&'static str]) -> Self {
        let index = self.new_index(name, columns).unique().to_owned();
        self.indexes.push(index);
        self
    }

    pub fn unique_where(
        mut self,
        name: &'static str,
        columns: &[&'static str],
        condition: &'static str,
    ) -> Self {
        let index = self.new_index(name, columns).unique().and_where(Expr::cust(condition)).to_owned();
        self.indexes.push(index);
        self
    }

    pub fn index_where(
        mut self,
        name: &'static str,
        columns: &[&'static str],
        condition: &'static str,
    ) -> Self {
        let index = self.new_index(name, columns).and_where(Expr::cust(condition)).to_owned();
        self.indexes.push(index);
        self
    }

    fn new_index(&self, name: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
        let mut index = Index::create();
        index.name(format!("{}_{name}", self.name)).table(self.name);
        for column in columns {
            index.col(*column);
        }
        index
    }
}

/// Creates the tables in order.
pub async fn create(manager: &SchemaManager<'_>, tables: Vec<Table>) -> Result<(), DbErr> {
    for table in tables {
        manager.create_table(table.create).await?;
        for index in table.indexes {
            manager.create_index(index).await?;
        }
    }
    Ok(())
}

/// Drops the tables in the reverse of the order in which they were created.
pub async fn drop(manager: &SchemaManager<'_>, tables: Vec<Table>) -> Result<(), DbErr> {
    for table in tables.into_iter().rev() {
        manager.drop_table(sea_orm_migration::prelude::Table::drop().table(table.name).to_owned()).await?;
    }
    Ok(())
}

/// A change that creates tables, and drops them on the way down.
macro_rules! creates {
    ($tables:expr) => {
        pub struct Change;

        impl sea_orm_migration::MigrationName for Change {
            fn name(&self) -> &str {
                module_path!().rsplit("::").next().unwrap_or_default()
            }
        }

        #[async_trait::async_trait]
        impl MigrationTrait for Change {
            fn use_transaction(&self) -> Option<bool> {
                Some(true)
            }

            async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
                crate::tables::create(manager, $tables).await
            }

            async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
                crate::tables::drop(manager, $tables).await
            }
        }
    };
}
pub(crate) use creates;
