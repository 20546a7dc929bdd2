//! The query mix: what is asked of Warta and, with the same answer, of the ideal statements.

use serde_json::{Value, json};

use crate::data::{Names, Table, id};
use crate::language::Language;
use crate::{Outcome, WARTA_PORT, load};

const COMMENTS: &str = "nodes { authorName body createdAt }";
const PAGE: &str = "first: $first, after: $after, filter: {topic: {slug: $topic}, region: {slug: $region}}";
/// How many different requests of one query take turns.
const POOL: usize = 200;
/// How many pages of a topic and a region are asked for, if there are so many, and of how many articles.
const PAGES: usize = 3;
const A_PAGE: usize = 20;
/// Most comments that are written; then they begin anew.
const WRITES: usize = 20_000;

/// One query of the mix.
#[derive(Clone, Copy, PartialEq)]
pub struct Query {
    pub name: &'static str,
    pub what: &'static str,
    /// The most that it is to cost, as a multiple of the ideal statement on SQLite.
    pub target: f64,
    /// The same on PostgreSQL, the server and the database together.
    pub target_postgres: Option<f64>,
}

impl Query {
    /// Whether it writes.
    pub fn is_write(&self) -> bool {
        self.name == "M1"
    }

    /// Whether its answers are kept: those of searches are made for each.
    pub fn is_kept(&self) -> bool {
        !self.is_write() && self.name != "S1"
    }
}

/// All of them.
pub const QUERIES: [Query; 7] = [
    Query { name: "Q1", what: "home: 20 articles with topics", target: 2.0, target_postgres: Some(1.8) },
    Query { name: "Q2", what: "article by slug with body, 20 comments", target: 2.5, target_postgres: Some(1.8) },
    Query { name: "Q3", what: "event with officials and their offices", target: 4.0, target_postgres: Some(1.8) },
    Query { name: "Q4", what: "50 articles, each with topics, 5 newest comments", target: 1.0, target_postgres: Some(1.8) },
    Query { name: "Q5", what: "articles by topic and region, 20 a page", target: 1.2, target_postgres: Some(1.8) },
    Query { name: "S1", what: "full-text search, 20 hits", target: 0.9, target_postgres: None },
    Query { name: "M1", what: "a comment is written", target: 3.0, target_postgres: None },
];

/// A request: to Warta, and the values of the ideal statement.
pub struct Request {
    pub body: Value,
    pub values: Vec<Value>,
    /// The address that it comes from, where each comes from its own.
    address: Option<String>,
}

impl Request {
    /// As it is sent to Warta.
    pub fn to_warta(&self, port: u16) -> Vec<u8> {
        let body = self.body.to_string();
        match &self.address {
            Some(address) => load::request_from(address, port, "/graphql", &body),
            None => load::request(port, "/graphql", &body),
        }
    }
}

fn document(name: &str) -> String {
    match name {
        "Q1" => "query Q1 { articles(first: 20) { nodes { slug title summary publishedAt byline topics { name } } } }".to_owned(),
        "Q2" => format!(
            "query Q2($slug: String!) {{ article(by: {{slug: $slug}}) {{ slug title body {{ markdown }} publishedAt byline programs {{ name }} regions {{ name }} topics {{ name }} comments(first: 20) {{ {COMMENTS} }} }} }}"
        ),
        "Q3" => "query Q3($slug: String!) { event(by: {slug: $slug}) { slug title startsAt endsAt venue region { name } participants { role name office official { slug } } } }".to_owned(),
        "Q4" => format!(
            "query Q4 {{ articles(first: 50) {{ nodes {{ slug title topics {{ name }} comments(first: 5, orderBy: NEWEST) {{ {COMMENTS} }} }} }} }}"
        ),
        "Q5" => format!(
            "query Q5($topic: String!, $region: String!, $first: Int!, $after: String) {{ articles({PAGE}) {{ nodes {{ slug title summary publishedAt regions {{ name }} topics {{ name }} }} }} }}"
        ),
        "S1" => "query S1($q: String!) { search(query: $q, first: 20) { hits { node { ... on Article { slug title } } } } }".to_owned(),
        _ => "mutation M1($input: CommentSubmitInput!) { commentSubmit(input: $input) { comment { id } userErrors { field message } } }".to_owned(),
    }
}

/// The pages of a topic and a region: Warta, which runs, says where each begins; for the ideal statement they are counted.
async fn pages(document: &str, topic: &str, region: &str) -> Outcome<Vec<Request>> {
    let cursors = format!(
        "query($topic: String!, $region: String!, $first: Int!, $after: String) {{ articles({PAGE}) {{ pageInfo {{ endCursor hasNextPage }} }} }}"
    );
    let (mut pages, mut after) = (Vec::new(), Value::Null);
    while pages.len() < PAGES {
        let variables = json!({"topic": topic, "region": region, "first": A_PAGE, "after": after});
        let asked = json!({"query": cursors, "variables": variables}).to_string();
        let answer: Value = serde_json::from_slice(&load::ask(WARTA_PORT, &load::request(WARTA_PORT, "/graphql", &asked)).await?)?;
        let page = answer.pointer("/data/articles/pageInfo").ok_or_else(|| format!("no page: {answer}"))?;
        let values = vec![json!(topic), json!(region), json!(A_PAGE * pages.len())];
        pages.push(Request { body: json!({"query": document, "variables": variables}), values, address: None });
        if page["hasNextPage"] != true {
            break;
        }
        after = page["endCursor"].clone();
    }
    Ok(pages)
}

/// The requests of a query, the same ones for the same number of articles.
pub async fn requests(query: Query, articles: u128) -> Outcome<Vec<Request>> {
    let document = document(query.name);
    let mut random = Language::new(3);
    let request =
        |variables: Value, values: Vec<Value>| Request { body: json!({"query": document, "variables": variables}), values, address: None };
    Ok(match query.name {
        "Q2" => (0..POOL)
            .map(|_| {
                // Those that draw many comments, and none that is a draft.
                let slug = format!("artikel-{}", random.below(articles as usize / 10) * 10);
                request(json!({"slug": slug}), vec![json!(slug)])
            })
            .collect(),
        "Q3" => (0..POOL)
            .map(|_| {
                let slug = format!("acara-{}", random.below(1_000));
                request(json!({"slug": slug}), vec![json!(slug)])
            })
            .collect(),
        "Q5" => {
            let mut all = Vec::new();
            for (topic, region) in (0..6).flat_map(|topic| (0..6).map(move |region| (topic, region))) {
                all.extend(pages(&document, &format!("topik-{topic}"), &format!("daerah-{region}")).await?);
            }
            all
        }
        "S1" => {
            let names = Names::new();
            let pairs = names.topics[..6].iter().flat_map(|topic| names.regions[..6].iter().map(move |region| (topic, region)));
            pairs
                .map(|(topic, region)| {
                    let words = format!("{topic} {region}").to_lowercase();
                    request(json!({"q": words}), vec![json!(words)])
                })
                .collect()
        }
        "M1" => (0..WRITES)
            .map(|n| {
                // They wait for a moderator, so that no answer of the other queries changes.
                let article = n as u128 % (articles / 10) * 10;
                let (name, email) = (format!("Pembaca {n}"), format!("pembaca{n}@contoh.id"));
                let body = format!("Komentar nomor {n} tentang {}", random.text(25));
                let global = format!("article_{}", id(Table::Article, article).simple());
                let input = json!({"subjectId": global, "authorName": name, "authorEmail": email, "body": body, "consent": true});
                let asked = request(json!({"input": input}), vec![json!(article + 1), json!(name), json!(email), json!(body)]);
                Request { address: Some(format!("10.{}.{}.7", n / 250, n % 250)), ..asked }
            })
            .collect(),
        _ => vec![request(json!({}), Vec::new())],
    })
}
