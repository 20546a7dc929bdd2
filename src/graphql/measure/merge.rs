//! Fields of one key, for which an answer has room once: they must ask for the same thing (Field Selection Merging of the
//! specification, 5.3.2). The library takes any, and drops all but one.

use std::collections::{HashMap, HashSet};

use async_graphql::parser::types::{ExecutableDocument, Field, Selection, SelectionSet};

use super::{CostModel, Refusal, root_type};

/// Most fields that are looked at. Those of an interface are looked at beside those of each type that has it.
const MOST_FIELDS: usize = 50_000;

/// Refuses a document in which fields of one key conflict. It must be one that was measured, for fragments are followed here as often
/// as they are spread.
pub fn check(model: &CostModel, document: &ExecutableDocument) -> Result<(), Refusal> {
    let mut merge = Merge { model, document, left: MOST_FIELDS };
    for (_, operation) in document.operations.iter() {
        merge.sets(&[(root_type(operation.node.ty), &operation.node.selection_set.node)])?;
    }
    Ok(())
}

/// A type with what is selected of it.
type Set<'a> = (&'a str, &'a SelectionSet);
/// The fields of each key, with the type that they are of.
#[derive(Default)]
struct ByKey<'a> {
    fields: HashMap<&'a str, Vec<(&'a str, &'a Field)>>,
    /// Those that are there: a fragment may be spread often, and nothing in it conflicts with itself.
    known: HashSet<(&'a str, *const Field)>,
}

struct Merge<'a> {
    model: &'a CostModel,
    document: &'a ExecutableDocument,
    left: usize,
}

impl<'a> Merge<'a> {
    /// Checks what is selected of one thing in several places.
    fn sets(&mut self, sets: &[Set<'a>]) -> Result<(), Refusal> {
        let mut by_key = ByKey::default();
        for (parent, set) in sets {
            self.collect(parent, set, &mut by_key)?;
        }
        for (key, fields) in by_key.fields {
            self.key(key, &fields)?;
        }
        Ok(())
    }

    fn collect(&mut self, parent: &'a str, set: &'a SelectionSet, by_key: &mut ByKey<'a>) -> Result<(), Refusal> {
        for item in &set.items {
            match &item.node {
                Selection::Field(field) => {
                    let left = self.left.checked_sub(1);
                    self.left = left.ok_or_else(|| Refusal::new("TOO_MANY_FIELDS", "The query has too many fields of the same keys."))?;
                    if by_key.known.insert((parent, &raw const field.node)) {
                        by_key.fields.entry(field.node.response_key().node.as_str()).or_default().push((parent, &field.node));
                    }
                }
                Selection::InlineFragment(inline) => {
                    let on = inline.node.type_condition.as_ref().map(|condition| condition.node.on.node.as_str());
                    self.collect(on.unwrap_or(parent), &inline.node.selection_set.node, by_key)?;
                }
                Selection::FragmentSpread(spread) => {
                    // What is not there has been refused.
                    let Some(fragment) = self.document.fragments.get(&spread.node.fragment_name.node) else { continue };
                    self.collect(&fragment.node.type_condition.node.on.node, &fragment.node.selection_set.node, by_key)?;
                }
            }
        }
        Ok(())
    }

    /// Checks fields of one key with each other, and then what is selected of them.
    fn key(&mut self, key: &str, fields: &[(&'a str, &'a Field)]) -> Result<(), Refusal> {
        let model = self.model;
        // What is asked of an interface is asked of whatever has it: all must be the same as that.
        let of_interface = fields.iter().find(|(parent, _)| !model.is_object(parent));
        let mut first_of: Vec<(&str, &Field)> = Vec::new();
        for (parent, field) in fields {
            let known = first_of.iter().find(|(other, _)| other == parent);
            if let Some((_, first)) = of_interface.or(known) {
                same(key, first, field)?;
            } else if let Some(first) = first_of.first() {
                self.same_shape(key, *first, (parent, field))?;
            }
            if known.is_none() && model.is_object(parent) {
                first_of.push((parent, field));
            }
        }
        let sets_of = |is_wanted: &dyn Fn(&str) -> bool| -> Vec<Set<'a>> {
            let wanted = fields.iter().filter(|(parent, field)| is_wanted(parent) && !field.selection_set.node.items.is_empty());
            wanted.map(|(parent, field)| (model.field(parent, &field.name.node).target.as_str(), &field.selection_set.node)).collect()
        };
        // A thing has one type, and with it what is selected of the interfaces that it has.
        if first_of.is_empty() {
            return self.sets(&sets_of(&|_| true));
        }
        for (object, _) in first_of {
            let sets = sets_of(&|parent| parent == object || !model.is_object(parent));
            if !sets.is_empty() {
                self.sets(&sets)?;
            }
        }
        Ok(())
    }

    /// Fields of types that nothing has both: whoever reads the answer must know what sort of value there is.
    fn same_shape(&self, key: &str, one: (&str, &Field), other: (&str, &Field)) -> Result<(), Refusal> {
        let [one, other] = [one, other].map(|(parent, field)| self.model.field(parent, &field.name.node));
        let is_same = match (self.model.is_composite(&one.target), self.model.is_composite(&other.target)) {
            (false, false) => one.written == other.written,
            (true, true) => one.written.replace(&one.target, "") == other.written.replace(&other.target, ""),
            _ => false,
        };
        if is_same {
            Ok(())
        } else {
            Err(conflict(key, &format!("`{}` and `{}` are values of different sorts", one.written, other.written)))
        }
    }
}

fn same(key: &str, one: &Field, other: &Field) -> Result<(), Refusal> {
    if one.name.node != other.name.node {
        return Err(conflict(key, &format!("`{}` and `{}` are different fields", one.name.node, other.name.node)));
    }
    let [ours, theirs] = [one, other].map(|field| {
        let named = field.arguments.iter().map(|(name, value)| (&name.node, &value.node));
        named.collect::<HashMap<_, _>>()
    });
    if ours != theirs {
        return Err(conflict(key, &format!("`{}` stands there with different arguments", one.name.node)));
    }
    Ok(())
}

fn conflict(key: &str, why: &str) -> Refusal {
    Refusal::new("GRAPHQL_VALIDATION_FAILED", format!("Fields with the key `{key}` conflict: {why}. Give one of them an alias."))
}

#[cfg(test)]
mod tests {
    use super::{CostModel, check};
    use async_graphql::parser::parse_query;

    const SCHEMA: &str = "type Query { a: A, n: N, u: U } interface N { id: ID!, next: N } union U = A | B \
        type A implements N { id: ID!, next: N, name: String!, size(of: Int): Int, list: [A!]! } \
        type B implements N { id: ID!, next: N, name: String!, size: Int!, list: [B!]! }";

    fn refused(query: &str) -> Option<String> {
        check(&CostModel::new(SCHEMA), &parse_query(query).unwrap()).err().map(|refusal| refusal.message)
    }

    #[test]
    fn what_asks_for_the_same_thing_is_merged() {
        for query in [
            "{ a { name name } a { id } }",
            "query($i: Int) { a { size(of: $i) } ...f } fragment f on Query { a { size(of: $i) } }",
            "{ u { ... on A { t: name } ... on B { t: name } } }",
            "{ u { ... on A { t: id } ... on B { t: id list { x: id } } ... on A { list { x: name } } } }",
            "{ n { id ... on A { id next { id } } ... on B { next { i: id } } } }",
            "{ u { ... on A { x: __typename } ... on B { x: name } } }",
            "{ a { ...f ...f ...f } } fragment f on A { size(of: 1) }",
        ] {
            assert_eq!(refused(query), None, "{query}");
        }
    }

    #[test]
    fn what_conflicts_is_named() {
        for (query, why) in [
            ("{ a { x: name x: id } }", "`name` and `id` are different fields"),
            ("{ a { x: name } a { ... on A { x: id } } }", "`name` and `id` are different fields"),
            ("{ a { size(of: 1) size } }", "`size` stands there with different arguments"),
            ("{ a { size(of: 1) } ...f } fragment f on Query { a { size(of: 2) } }", "`size` stands there with different arguments"),
            ("{ n { x: id ... on A { x: name } } }", "`id` and `name` are different fields"),
            ("{ n { ... on A { x: name } ... on B { x: id } x: id } }", "`id` and `name` are different fields"),
            ("{ u { ... on A { size } ... on B { size } } }", "`Int` and `Int!` are values of different sorts"),
            ("{ u { ... on A { x: list { id } } ... on B { x: name } } }", "`[A!]!` and `String!` are values of different sorts"),
            ("{ n { next { x: id } ... on A { next { ... on B { x: name } } } } }", "`id` and `name` are different fields"),
        ] {
            assert!(refused(query).is_some_and(|message| message.contains(why)), "{query}: {:?}", refused(query));
        }
    }

    #[test]
    fn interfaces_beside_types_are_followed_only_so_far() {
        let nested = |levels| {
            (0..levels)
                .fold("id".to_owned(), |inner, _| format!("next {{ {inner} }} ... on A {{ next {{ id }} }} ... on B {{ next {{ id }} }}"))
        };
        assert_eq!(refused(&format!("{{ n {{ {} }} }}", nested(8))), None);
        assert_eq!(refused(&format!("{{ n {{ {} }} }}", nested(20))).as_deref(), Some("The query has too many fields of the same keys."));
    }
}
