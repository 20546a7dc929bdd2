//! A transaction, and parts of it.

use std::sync::Arc;

use entity::row::FromRow;
use sea_orm::{DbErr, Statement};

use super::lease::Lease;

/// A transaction, or a part of one that can be taken back alone. Unless it is committed it is taken back when it is dropped.
#[derive(Debug)]
pub struct Transaction {
    lease: Arc<Lease>,
    /// Of how many others this is a part, 0 for the whole.
    depth: usize,
    is_open: bool,
}

impl Transaction {
    /// The one of a connection that has begun one.
    pub(super) fn new(lease: Lease) -> Self {
        Self { lease: Arc::new(lease), depth: 0, is_open: true }
    }

    /// Begins a part of it that can be taken back alone, and that must end before anything else is done with the whole.
    pub async fn part(&self) -> Result<Self, DbErr> {
        let depth = self.depth + 1;
        self.lease.control(&format!("SAVEPOINT {}", part(depth))).await?;
        Ok(Self { lease: Arc::clone(&self.lease), depth, is_open: true })
    }

    /// The rows that a statement selects.
    pub async fn rows<T: FromRow + Send>(&self, statement: &Statement) -> Result<Vec<T>, DbErr> {
        self.lease.rows(statement).await
    }

    /// Runs a statement that writes, and returns how many rows it wrote.
    pub async fn execute(&self, statement: &Statement) -> Result<u64, DbErr> {
        self.lease.execute(statement).await
    }

    /// Makes what was written last, when nothing has failed.
    pub async fn commit(mut self) -> Result<(), DbErr> {
        match self.depth {
            0 => self.lease.commit().await?,
            depth => self.lease.control(&format!("RELEASE SAVEPOINT {}", part(depth))).await?,
        }
        self.is_open = false;
        Ok(())
    }

    /// Takes back what was written.
    pub async fn rollback(mut self) -> Result<(), DbErr> {
        self.is_open = false;
        match self.depth {
            0 => self.lease.roll_back().await,
            depth => self.lease.roll_back_part(&undoing(depth)).await,
        }
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        // The whole is taken back with the connection.
        if self.is_open && self.depth > 0 {
            self.lease.take_back(&undoing(self.depth));
        }
    }
}

/// Name of a part.
fn part(depth: usize) -> String {
    format!("part_{depth}")
}

/// What takes a part back.
fn undoing(depth: usize) -> String {
    let part = part(depth);
    format!("ROLLBACK TO SAVEPOINT {part}; RELEASE SAVEPOINT {part}")
}
