//! The one field that a subscription follows. The library looks for it at the root alone, and would follow nothing of what a
//! fragment holds there, and several of several.

use std::collections::HashMap;

use async_graphql::parser::types::{
    DocumentOperations, ExecutableDocument, FragmentDefinition, OperationDefinition, OperationType, Selection, SelectionSet,
};
use async_graphql::{Name, Positioned};

use super::{DEEPEST_WALK, Refusal};

/// Puts what fragments hold at the root of a subscription in their place.
pub fn inline_root(document: &mut ExecutableDocument) {
    let DocumentOperations::Single(operation) = &mut document.operations else { return };
    if operation.node.ty != OperationType::Subscription {
        return;
    }
    let mut items = Vec::new();
    collect(&operation.node.selection_set.node, &document.fragments, 0, &mut items);
    operation.node.selection_set.node.items = items;
    // Nothing spreads them any more, and a fragment without use is an error.
    document.fragments.retain(|_, fragment| fragment.node.type_condition.node.on.node != "Subscription");
}

/// What is conditional stays as it is, as does what is nested too deep. Two fields are one too many: the rest is not looked at.
fn collect(
    set: &SelectionSet,
    fragments: &HashMap<Name, Positioned<FragmentDefinition>>,
    level: usize,
    items: &mut Vec<Positioned<Selection>>,
) {
    for item in &set.items {
        if items.len() > 1 {
            return;
        }
        let inner = match &item.node {
            Selection::InlineFragment(inline) if inline.node.directives.is_empty() => Some(&inline.node.selection_set.node),
            Selection::FragmentSpread(spread) if spread.node.directives.is_empty() => {
                fragments.get(&spread.node.fragment_name.node).map(|fragment| &fragment.node.selection_set.node)
            }
            _ => None,
        };
        match inner.filter(|_| level < DEEPEST_WALK) {
            Some(inner) => collect(inner, fragments, level + 1, items),
            None => items.push(item.clone()),
        }
    }
}

/// Refuses a subscription that does not follow one field, whatever its variables.
pub fn check_root(operation: &OperationDefinition) -> Result<(), Refusal> {
    match operation.selection_set.node.items.as_slice() {
        [Positioned { node: Selection::Field(field), .. }] if field.node.directives.is_empty() => Ok(()),
        _ => Err(Refusal::new("SUBSCRIPTION_NOT_SINGLE", "A subscription follows exactly one field, without a condition.")),
    }
}
