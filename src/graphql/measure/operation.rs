//! The operation of a document that will run, and the variables that it runs with.

use std::collections::HashMap;

use async_graphql::parser::types::{
    DocumentOperations, ExecutableDocument, FragmentDefinition, OperationDefinition, OperationType, Selection, SelectionSet,
};
use async_graphql::{Name, Positioned, Value, Variables};

use super::Refusal;

/// Most values in the variables of a request.
const MOST_VALUES: usize = 10_000;
/// Most bytes of the variables that a subscription keeps for as long as it is followed.
const MOST_KEPT: usize = 16_384;
/// What a value takes beside its text, in bytes.
const VALUE: usize = 72;

/// The document without all that the operation of this name, or the only one, does not reach: the library walks whatever it is given, as
/// often as it is spread, measured or not.
pub fn select(document: ExecutableDocument, name: Option<&str>) -> Result<ExecutableDocument, Refusal> {
    let ExecutableDocument { operations, mut fragments } = document;
    let operation = chosen(operations, name)?;
    let mut reached: HashMap<Name, Positioned<FragmentDefinition>> = HashMap::new();
    let mut wanted = Vec::new();
    spreads(&operation.node.selection_set.node, &mut wanted);
    while let Some(name) = wanted.pop() {
        if reached.contains_key(&name) {
            continue;
        }
        let unknown = || Refusal::new("GRAPHQL_VALIDATION_FAILED", format!("There is no fragment \"{name}\"."));
        let fragment = fragments.remove(&name).ok_or_else(unknown)?;
        spreads(&fragment.node.selection_set.node, &mut wanted);
        reached.insert(name, fragment);
    }
    Ok(ExecutableDocument { operations: DocumentOperations::Single(operation), fragments: reached })
}

fn chosen(operations: DocumentOperations, name: Option<&str>) -> Result<Positioned<OperationDefinition>, Refusal> {
    let unknown = |message: String| Refusal::new("OPERATION_NOT_FOUND", message);
    match (operations, name) {
        (DocumentOperations::Single(operation), None) => Ok(operation),
        (DocumentOperations::Multiple(operations), None) if operations.len() == 1 => {
            operations.into_values().next().ok_or_else(|| unknown("There is no operation.".to_owned()))
        }
        (DocumentOperations::Multiple(_), None) => Err(unknown("The query has several operations; name one in operationName.".to_owned())),
        (DocumentOperations::Multiple(mut operations), Some(name)) => {
            operations.remove(name).ok_or_else(|| unknown(format!("There is no operation named \"{name}\".")))
        }
        (DocumentOperations::Single(_), Some(name)) => Err(unknown(format!("There is no operation named \"{name}\"."))),
    }
}

/// The names of the fragments that a selection spreads.
fn spreads(set: &SelectionSet, names: &mut Vec<Name>) {
    // Nesting is bounded by that of brackets.
    for item in &set.items {
        match &item.node {
            Selection::Field(field) => spreads(&field.node.selection_set.node, names),
            Selection::InlineFragment(inline) => spreads(&inline.node.selection_set.node, names),
            Selection::FragmentSpread(spread) => names.push(spread.node.fragment_name.node.clone()),
        }
    }
}

/// Leaves out what is not declared, fills in defaults, and refuses a request that lacks a variable that it needs, or brings more
/// than there is a use for: nothing of it may run.
pub fn complete(operation: &OperationDefinition, mut variables: Variables) -> Result<Variables, Refusal> {
    let is_declared =
        |name: &Name| operation.variable_definitions.iter().any(|definition| definition.node.name.node.as_str() == name.as_str());
    variables.retain(|name, _| is_declared(name));
    let (mut values, mut bytes) = (0, 0);
    variables.values().for_each(|value| weigh(value, &mut values, &mut bytes));
    if values > MOST_VALUES {
        return Err(Refusal::over("a number of values in its variables", "TOO_MANY_VALUES", values, MOST_VALUES));
    }
    if operation.ty == OperationType::Subscription && bytes > MOST_KEPT {
        return Err(Refusal::over("variables", "VARIABLES_TOO_LONG", format!("{bytes} bytes"), MOST_KEPT));
    }
    for definition in &operation.variable_definitions {
        let (name, ty) = (&definition.node.name.node, &definition.node.var_type.node);
        if let Some(default) = &definition.node.default_value {
            variables.entry(name.clone()).or_insert_with(|| default.node.clone());
        }
        if !ty.nullable && matches!(variables.get(name), None | Some(Value::Null)) {
            return Err(Refusal::new("BAD_USER_INPUT", format!("The variable ${name} of type {ty} is required.")));
        }
    }
    Ok(variables)
}

/// Adds up the values within a value and the bytes that they take. JSON is read no deeper than 128 levels.
fn weigh(value: &Value, values: &mut usize, bytes: &mut usize) {
    *values += 1;
    *bytes += VALUE;
    match value {
        Value::String(text) => *bytes += text.len(),
        Value::List(items) => items.iter().for_each(|item| weigh(item, values, bytes)),
        Value::Object(fields) => fields.iter().for_each(|(name, value)| {
            *bytes += name.len();
            weigh(value, values, bytes);
        }),
        _ => {}
    }
}
