//! Changing articles.

use super::Article;
use super::input::{ArticleCreateInput, ArticleUpdateInput};
use crate::domain::article as domain;
use crate::graphql::entry::mutation::entry_mutations;
use crate::graphql::entry::prelude::*;

entry_mutations! {
    ArticleMutation, domain::Article, Article, article: Article, ArticlePayload, (ArticleCreateInput, ArticleUpdateInput),
    create: article_create,
    update: article_update,
    revert: article_revert,
    submit: article_submit,
    approve: article_approve,
    send_back: article_return,
    publish: article_publish,
    schedule: article_schedule,
    unschedule: article_unschedule,
    unpublish: article_unpublish,
    archive: article_archive,
    trash: article_trash,
    restore: article_restore,
    purge: article_purge,
}
