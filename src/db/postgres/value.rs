//! What is bound in a statement. Each value says of which type it is, so that PostgreSQL need not guess.

use std::error::Error;

use bytes::BytesMut;
use sea_orm::Value;
use tokio_postgres::types::{IsNull, ToSql, Type};

/// A value of a statement. What it is must stand in no log.
pub struct Bound<'a>(pub &'a Value);

impl std::fmt::Debug for Bound<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "({})", type_of(self.0))
    }
}

/// The type that a value has in PostgreSQL.
pub fn type_of(value: &Value) -> Type {
    match value {
        Value::Bool(_) => Type::BOOL,
        Value::SmallInt(_) => Type::INT2,
        Value::Int(_) => Type::INT4,
        Value::BigInt(_) | Value::BigUnsigned(_) => Type::INT8,
        Value::Double(_) => Type::FLOAT8,
        Value::Bytes(_) => Type::BYTEA,
        Value::Uuid(_) => Type::UUID,
        Value::TimeDate(_) => Type::DATE,
        Value::Json(_) => Type::JSONB,
        _ => Type::TEXT,
    }
}

impl ToSql for Bound<'_> {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self.0 {
            Value::Bool(value) => value.to_sql(kind, out),
            Value::SmallInt(value) => value.to_sql(kind, out),
            Value::Int(value) => value.to_sql(kind, out),
            Value::BigInt(value) => value.to_sql(kind, out),
            Value::BigUnsigned(value) => value.map(i64::try_from).transpose()?.to_sql(kind, out),
            Value::Double(value) => value.to_sql(kind, out),
            Value::String(value) => value.to_sql(kind, out),
            Value::Bytes(value) => value.to_sql(kind, out),
            Value::Uuid(value) => value.to_sql(kind, out),
            Value::TimeDate(value) => value.to_sql(kind, out),
            Value::Json(value) => value.to_sql(kind, out),
            value => Err(format!("no way to bind a value as {}", type_of(value)).into()),
        }
    }

    fn accepts(_: &Type) -> bool {
        // The statement was prepared with the type that the value has.
        true
    }

    fn to_sql_checked(&self, kind: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        self.to_sql(kind, out)
    }
}
