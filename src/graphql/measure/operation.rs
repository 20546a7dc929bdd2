//! The operation of a document that will run, and the variables that it runs with.

use async_graphql::parser::types::{DocumentOperations, ExecutableDocument, OperationDefinition};
use async_graphql::{Value, Variables};

use super::Refusal;

/// The operation of this name, or the only one.
pub fn operation<'a>(document: &'a ExecutableDocument, name: Option<&str>) -> Result<&'a OperationDefinition, Refusal> {
    let unknown = |message: String| Refusal::new("OPERATION_NOT_FOUND", message);
    match (&document.operations, name) {
        (DocumentOperations::Single(operation), None) => Ok(&operation.node),
        (DocumentOperations::Multiple(operations), None) if operations.len() == 1 => {
            operations.values().next().map(|operation| &operation.node).ok_or_else(|| unknown("There is no operation.".to_owned()))
        }
        (DocumentOperations::Multiple(_), None) => Err(unknown("The query has several operations; name one in operationName.".to_owned())),
        (DocumentOperations::Multiple(operations), Some(name)) => {
            operations.get(name).map(|operation| &operation.node).ok_or_else(|| unknown(format!("There is no operation named \"{name}\".")))
        }
        (DocumentOperations::Single(_), Some(name)) => Err(unknown(format!("There is no operation named \"{name}\"."))),
    }
}

/// Fills in defaults, and refuses a request that lacks a variable that it needs: nothing of it may run.
pub fn complete(operation: &OperationDefinition, mut variables: Variables) -> Result<Variables, Refusal> {
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
