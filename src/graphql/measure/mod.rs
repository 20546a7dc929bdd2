//! What a document asks for, measured before anything walks it: bytes, tokens and nesting before it is parsed, then fields,
//! depth, aliases, directives and cost with each fragment counted once, so that fragments that spread one another twice
//! are refused in microseconds. Sums saturate.

use std::collections::{HashMap, HashSet};

use async_graphql::parser::parse_query;
use async_graphql::parser::types::{ExecutableDocument, Field, OperationType, Selection, SelectionSet};
use async_graphql::{Name, Positioned, Value, Variables};

pub use self::merge::check as check_merging;
pub use self::model::CostModel;
use self::model::Size;
use self::scan::scan;
use crate::config::Limits;

mod input;
mod merge;
mod model;
mod operation;
mod scan;
mod subscription;

/// How many rows a list without a stated size is taken to have.
const LIST_SIZE: u64 = 5;
/// Page size when neither `first` nor `last` is given.
const PAGE_SIZE: u64 = 20;
/// What a mutation costs beside its fields: it writes, and is indexed.
const MUTATION_POINTS: u64 = 20;
/// Most points of a subscription.
const SUBSCRIPTION_POINTS: u64 = 500;
/// Deepest nesting of selections while measuring, fragments included.
const DEEPEST_WALK: usize = 150;

/// Why a document is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// A stable code.
    pub code: &'static str,
    pub message: String,
    /// Seconds after which it may be asked again, where waiting helps.
    pub retry_after: Option<u32>,
}

impl Refusal {
    /// Refuses something that waiting does not help.
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), retry_after: None }
    }

    fn over(what: &'static str, code: &'static str, found: impl std::fmt::Display, limit: impl std::fmt::Display) -> Self {
        Self::new(code, format!("The query has {what} of {found}; at most {limit} is allowed."))
    }
}

/// A document that is within the limits.
#[derive(Debug)]
pub struct Measured {
    /// Points of the operation that will run.
    pub cost: u64,
    /// What sort of operation will run.
    pub operation: OperationType,
    /// Variables with the operation's defaults filled in, which the library does not do for `@skip` and arguments.
    pub variables: Variables,
    /// Whether the variables surely have the types that they are declared with.
    pub variables_fit: bool,
}

#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    fields: u64,
    cost: u64,
    depth: usize,
    aliases: u64,
    directives: u64,
}

impl Sums {
    fn add(&mut self, other: Self) {
        self.fields = self.fields.saturating_add(other.fields);
        self.cost = self.cost.saturating_add(other.cost);
        self.depth = self.depth.max(other.depth);
        self.aliases = self.aliases.saturating_add(other.aliases);
        self.directives = self.directives.saturating_add(other.directives);
    }
}

/// Parses a document that is neither too long nor too deep for that, and keeps what the operation named reaches of it.
pub fn parse(query: &str, operation_name: Option<&str>, limits: &Limits) -> Result<ExecutableDocument, Refusal> {
    if query.len() > limits.query_bytes {
        return Err(Refusal::over("a length", "QUERY_TOO_LONG", format!("{} bytes", query.len()), limits.query_bytes));
    }
    scan(query, limits)?;
    let whole = parse_query(query).map_err(|error| Refusal::new("GRAPHQL_PARSE_FAILED", error.to_string()))?;
    let mut document = operation::select(whole, operation_name)?;
    subscription::inline_root(&mut document);
    Ok(document)
}

/// Measures a document that [`parse`] has returned. It may cost `most_points`, and a subscription little, for it costs that with each event.
pub fn measure(
    model: &CostModel,
    limits: &Limits,
    most_points: u64,
    document: &ExecutableDocument,
    variables: Variables,
) -> Result<Measured, Refusal> {
    let operation = document.operations.iter().next().map(|(_, operation)| &operation.node);
    let operation = operation.ok_or_else(|| Refusal::new("OPERATION_NOT_FOUND", "There is no operation."))?;
    let most_points = if operation.ty == OperationType::Subscription { most_points.min(SUBSCRIPTION_POINTS) } else { most_points };
    let variables = operation::complete(operation, variables)?;
    let mut walk = Walk { model, document, variables: &variables, measured: HashMap::new(), open: HashSet::new() };
    let root = root_type(operation.ty);
    let root_fields = walk.root_fields(&operation.selection_set.node)?;
    if root_fields.len() > limits.root_fields {
        return Err(Refusal::over("a number of root fields", "TOO_MANY_ROOT_FIELDS", root_fields.len(), limits.root_fields));
    }
    if operation.ty == OperationType::Mutation {
        // The library would run a mutation once for each time that its key is written.
        let mut seen = HashSet::new();
        if let Some(twice) = root_fields.iter().find(|key| !seen.insert(key.as_str())) {
            let message = format!("The mutation `{twice}` stands there twice; give one an alias.");
            return Err(Refusal::new("DUPLICATE_MUTATION", message));
        }
    }
    if operation.ty == OperationType::Subscription {
        subscription::check_root(operation)?;
    }
    let mut sums = walk.selection(&operation.selection_set.node, root, 0)?;
    if operation.ty == OperationType::Mutation {
        sums.cost = sums.cost.saturating_add(MUTATION_POINTS.saturating_mul(root_fields.len() as u64));
    }
    sums.directives = sums.directives.saturating_add(operation.directives.len() as u64);
    let over = [
        (sums.depth as u64, limits.query_depth as u64, "a depth", "QUERY_TOO_DEEP"),
        (sums.fields, limits.query_fields as u64, "a number of fields", "TOO_MANY_FIELDS"),
        (sums.aliases, limits.aliases as u64, "a number of aliases", "TOO_MANY_ALIASES"),
        (sums.directives, limits.directives as u64, "a number of directives", "TOO_MANY_DIRECTIVES"),
        (sums.cost, most_points, "a cost", "QUERY_TOO_COSTLY"),
    ];
    if let Some((found, limit, what, code)) = over.into_iter().find(|(found, limit, ..)| found > limit) {
        return Err(Refusal::over(what, code, found, limit));
    }
    let variables_fit = model.inputs().fits(operation, &variables);
    Ok(Measured { cost: sums.cost, operation: operation.ty, variables, variables_fit })
}

fn root_type(operation: OperationType) -> &'static str {
    match operation {
        OperationType::Query => "Query",
        OperationType::Mutation => "Mutation",
        OperationType::Subscription => "Subscription",
    }
}

struct Walk<'a> {
    model: &'a CostModel,
    document: &'a ExecutableDocument,
    variables: &'a Variables,
    measured: HashMap<Name, Sums>,
    open: HashSet<Name>,
}

impl Walk<'_> {
    fn selection(&mut self, set: &SelectionSet, parent: &str, level: usize) -> Result<Sums, Refusal> {
        if level > DEEPEST_WALK {
            return Err(Refusal::over("a depth", "QUERY_TOO_DEEP", format!("more than {DEEPEST_WALK}"), DEEPEST_WALK));
        }
        let mut sums = Sums::default();
        for item in &set.items {
            sums.add(match &item.node {
                Selection::Field(field) => self.field(&field.node, parent, level)?,
                Selection::InlineFragment(inline) => {
                    let on = inline.node.type_condition.as_ref().map(|condition| condition.node.on.node.clone());
                    let mut inner = self.selection(&inline.node.selection_set.node, on.as_deref().unwrap_or(parent), level + 1)?;
                    inner.directives = inner.directives.saturating_add(inline.node.directives.len() as u64);
                    inner
                }
                Selection::FragmentSpread(spread) => {
                    let mut inner = self.fragment(&spread.node.fragment_name.node, level)?;
                    inner.directives = inner.directives.saturating_add(spread.node.directives.len() as u64);
                    inner
                }
            });
        }
        Ok(sums)
    }

    fn field(&mut self, field: &Field, parent: &str, level: usize) -> Result<Sums, Refusal> {
        let cost = self.model.field(parent, &field.name.node);
        let times = match cost.size {
            Size::One => 1,
            Size::List => self.ids(field).unwrap_or(LIST_SIZE),
            Size::Page => self.number(field, "first").or_else(|| self.number(field, "last")).unwrap_or(PAGE_SIZE).clamp(1, 100),
        };
        let mut sums = self.selection(&field.selection_set.node, &cost.target, level + 1)?;
        sums.cost = sums.cost.saturating_mul(times).saturating_add(1);
        sums.fields = sums.fields.saturating_add(1);
        sums.depth += 1;
        sums.aliases = sums.aliases.saturating_add(u64::from(field.alias.is_some()));
        sums.directives = sums.directives.saturating_add(field.directives.len() as u64);
        Ok(sums)
    }

    /// Each fragment is measured once, however often it is spread.
    fn fragment(&mut self, name: &Name, level: usize) -> Result<Sums, Refusal> {
        if let Some(sums) = self.measured.get(name) {
            return Ok(*sums);
        }
        let Some(fragment) = self.document.fragments.get(name) else { return Ok(Sums::default()) };
        if !self.open.insert(name.clone()) {
            return Err(Refusal::new("FRAGMENT_CYCLE", format!("The fragment \"{name}\" spreads itself.")));
        }
        let fragment = &fragment.node;
        let sums = self.selection(&fragment.selection_set.node, &fragment.type_condition.node.on.node, level + 1)?;
        self.open.remove(name);
        self.measured.insert(name.clone(), sums);
        Ok(sums)
    }

    /// Response keys at the root; a fragment there is looked into once a spread, within the limit of tokens.
    fn root_fields(&self, set: &SelectionSet) -> Result<Vec<String>, Refusal> {
        let mut keys = Vec::new();
        let mut sets = vec![(set, 0)];
        while let Some((set, level)) = sets.pop() {
            if level > DEEPEST_WALK || keys.len() + sets.len() > 10_000 {
                return Err(Refusal::over("a number of root fields", "TOO_MANY_ROOT_FIELDS", "more than 10000", 10_000));
            }
            for item in &set.items {
                match &item.node {
                    Selection::Field(field) => keys.push(field.node.response_key().node.to_string()),
                    Selection::InlineFragment(inline) => sets.push((&inline.node.selection_set.node, level + 1)),
                    Selection::FragmentSpread(spread) => {
                        if let Some(fragment) = self.document.fragments.get(&spread.node.fragment_name.node) {
                            sets.push((&fragment.node.selection_set.node, level + 1));
                        }
                    }
                }
            }
        }
        Ok(keys)
    }

    fn argument<'f>(&'f self, field: &'f Field, name: &str) -> Option<async_graphql::Value> {
        let (_, Positioned { node, .. }) = field.arguments.iter().find(|(argument, _)| argument.node == name)?;
        node.clone().into_const_with(|variable| self.variables.get(&variable).cloned().ok_or(())).ok()
    }

    fn number(&self, field: &Field, name: &str) -> Option<u64> {
        match self.argument(field, name)? {
            Value::Number(number) => number.as_u64(),
            _ => None,
        }
    }

    fn ids(&self, field: &Field) -> Option<u64> {
        match self.argument(field, "ids")? {
            Value::List(ids) => Some(ids.len() as u64),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{CostModel, measure, parse};
    use crate::config::Config;
    use async_graphql::Variables;
    use proptest::prelude::*;
    use std::sync::LazyLock;

    static MODEL: LazyLock<CostModel> = LazyLock::new(|| {
        CostModel::new(
            "type Query { articles(first: Int, after: String): ArticleConnection! node: Node }
             type ArticleConnection { nodes: [Article!]! } interface Node { id: ID! }
             type Article implements Node { id: ID! topics: [Topic!]! related(first: Int): [Article!]! } type Topic { name: String! }
             type Mutation { a: Int b: Int }",
        )
    });

    fn cost(query: &str) -> Result<u64, &'static str> {
        let limits = Config::default().limits;
        let measured =
            parse(query, None, &limits).and_then(|document| measure(&MODEL, &limits, limits.query_cost, &document, Variables::default()));
        measured.map(|it| it.cost).map_err(|it| it.code)
    }

    #[test]
    fn sizes_of_lists_multiply() {
        assert_eq!(cost("{ articles(first: 10) { nodes { id } } }"), Ok(1 + 10 * (1 + 1)));
        assert_eq!(cost("{ articles { nodes { topics { name } } } }"), Ok(1 + 20 * (1 + (1 + 5))));
        assert_eq!(cost("query($n: Int = 3) { articles(first: $n) { nodes { id } } }"), Ok(1 + 3 * 2));
    }

    #[test]
    fn fragments_that_double_are_refused() {
        let mut query = "{ articles { nodes { ...F0 } } }".to_owned();
        for at in 0..30 {
            query += &format!(" fragment F{at} on Article {{ ...F{} ...F{} }}", at + 1, at + 1);
        }
        query += " fragment F30 on Article { id }";
        assert_eq!(cost(&query), Err("TOO_MANY_FIELDS"));
    }

    #[test]
    fn root_fragments_that_double_are_refused() {
        let mut query = "{ ...F0 }".to_owned();
        for at in 0..30 {
            query += &format!(" fragment F{at} on Query {{ ...F{} ...F{} }}", at + 1, at + 1);
        }
        assert!(cost(&(query + " fragment F30 on Query { node { id } }")).is_err());
    }

    #[test]
    fn cycles_and_nesting_are_refused() {
        assert_eq!(cost("{ ...A } fragment A on Query { ...A }").unwrap_err(), "TOO_MANY_ROOT_FIELDS");
        assert_eq!(cost("{ node { ...A } } fragment A on Node { ...A }"), Err("FRAGMENT_CYCLE"));
        assert_eq!(cost(&format!("{{ node(a: {}1{}) {{ id }} }}", "[".repeat(2000), "]".repeat(2000))), Err("QUERY_TOO_DEEP"));
    }

    #[test]
    fn comments_and_strings_hide_nothing() {
        for opening in ["#\r", "#\n", "\"\"\"x\" ", "\"x ", "\"x\r", "\"\\"] {
            let query = format!("{{ node(a: [{opening}{}", "[".repeat(60_000));
            let code = cost(&query).unwrap_err();
            assert!(matches!(code, "QUERY_TOO_DEEP" | "GRAPHQL_PARSE_FAILED"), "{opening:?}: {code}");
        }
        assert_eq!(cost("{ node(a: \"[[[\\\"\", b: \"\"\"[\"[\\\"\"\"[\"\"\") { id } } # [[["), Ok(2));
    }

    #[test]
    fn a_variable_that_is_needed_and_missing_refuses_the_request() {
        assert_eq!(cost("query($n: Int!) { articles(first: $n) { nodes { id } } }"), Err("BAD_USER_INPUT"));
        assert!(cost("query($n: Int! = 2) { articles(first: $n) { nodes { id } } }").is_ok());
        assert!(cost("query($n: Int) { articles(first: $n) { nodes { id } } }").is_ok());
    }

    #[test]
    fn a_subscription_follows_one_field_wherever_it_stands() {
        for good in [
            "subscription { a }",
            "subscription { ...F } fragment F on Subscription { a }",
            "subscription { ... on Subscription { ...F } } fragment F on Subscription { a }",
        ] {
            assert!(cost(good).is_ok(), "{good}");
        }
        for bad in [
            "subscription { a b }",
            "subscription { a @skip(if: true) }",
            "subscription { ...F b } fragment F on Subscription { a }",
            "subscription { ...F @include(if: true) } fragment F on Subscription { a }",
            "subscription { ...F } fragment F on Subscription { ...F }",
            "subscription { ...F }",
        ] {
            assert!(cost(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn whole_numbers_have_32_bits() {
        assert!(cost("{ articles(first: 2147483647) { nodes { id } } }").is_ok());
        assert!(cost("{ articles(first: -2147483648) { nodes { id } } }").is_ok());
        for bad in ["2147483649", "3000000000", "-99999999999999999999999"] {
            assert_eq!(cost(&format!("{{ articles(first: {bad}) {{ nodes {{ id }} }} }}")), Err("GRAPHQL_VALIDATION_FAILED"), "{bad}");
        }
        assert!(cost("{ node(a: \"3000000000\", b: 3000000000.5) { id } }").is_ok());
    }

    #[test]
    fn a_mutation_may_not_stand_twice() {
        assert_eq!(cost("mutation { a a }"), Err("DUPLICATE_MUTATION"));
        assert!(cost("mutation { a b }").is_ok());
    }

    proptest! {
        #[test]
        fn no_document_makes_measuring_panic(query in "[{}\\[\\]()\"a-c#\\\\$:.@! \\né1]{0,120}") {
            let _ = cost(&query);
        }
    }
}
