//! Whether the values of variables have the types that their document declares, as far as that is plain to see.

use std::collections::{HashMap, HashSet};

use async_graphql::parser::types::{BaseType, OperationDefinition, Type, TypeKind};
use async_graphql::{Name, Value, Variables};

/// What an input of a named type may be.
#[derive(Debug)]
enum Input {
    Values(HashSet<Name>),
    Object { fields: HashMap<Name, InputField>, is_one_of: bool },
}

#[derive(Debug)]
struct InputField {
    ty: Type,
    has_default: bool,
}

/// The enums and input objects of the schema.
#[derive(Debug, Default)]
pub struct InputModel(HashMap<Name, Input>);

impl InputModel {
    /// Takes a type of the schema in, if it is one of an input.
    pub fn add(&mut self, name: Name, kind: &TypeKind, is_one_of: bool) {
        let input = match kind {
            TypeKind::Enum(values) => Input::Values(values.values.iter().map(|value| value.node.value.node.clone()).collect()),
            TypeKind::InputObject(object) => {
                let fields = object.fields.iter().map(|field| {
                    let (ty, has_default) = (field.node.ty.node.clone(), field.node.default_value.is_some());
                    (field.node.name.node.clone(), InputField { ty, has_default })
                });
                Input::Object { fields: fields.collect(), is_one_of }
            }
            _ => return,
        };
        self.0.insert(name, input);
    }

    /// Whether all variables surely fit. What takes more than a look, such as a date, does not surely do so.
    pub fn fits(&self, operation: &OperationDefinition, variables: &Variables) -> bool {
        operation.variable_definitions.iter().all(|definition| {
            let definition = &definition.node;
            match variables.get(&definition.name.node) {
                // A variable that has a default may stand where there is no null.
                Some(Value::Null) if definition.default_value.is_some() => false,
                Some(value) => self.is_of(value, &definition.var_type.node),
                None => definition.var_type.node.nullable,
            }
        })
    }

    fn is_of(&self, value: &Value, ty: &Type) -> bool {
        match (value, &ty.base) {
            (Value::Null, _) => ty.nullable,
            (Value::List(items), BaseType::List(item)) => items.iter().all(|value| self.is_of(value, item)),
            (value, BaseType::Named(name)) => self.is_named(value, name),
            _ => false,
        }
    }

    fn is_named(&self, value: &Value, name: &Name) -> bool {
        match (name.as_str(), value) {
            ("String" | "ID", Value::String(_)) | ("Boolean", Value::Boolean(_)) => true,
            ("Int", Value::Number(number)) => number.as_i64().is_some_and(|number| i32::try_from(number).is_ok()),
            (_, Value::Enum(_) | Value::String(_) | Value::Object(_)) => match (self.0.get(name), value) {
                (Some(Input::Values(values)), Value::Enum(value)) => values.contains(value),
                (Some(Input::Values(values)), Value::String(value)) => values.contains(value.as_str()),
                (Some(Input::Object { fields, is_one_of }), Value::Object(given)) => {
                    let is_known = |(name, value): (&Name, &Value)| fields.get(name).is_some_and(|field| self.is_of(value, &field.ty));
                    let is_there = |(name, field): (&Name, &InputField)| field.ty.nullable || field.has_default || given.contains_key(name);
                    let is_one = given.len() == 1 && given.values().all(|value| *value != Value::Null);
                    given.iter().all(is_known) && fields.iter().all(is_there) && (is_one || !is_one_of)
                }
                _ => false,
            },
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{CostModel, parse};
    use crate::config::Config;
    use async_graphql::Variables;
    use async_graphql::parser::types::DocumentOperations;
    use serde_json::{Value, json};

    fn fits(declared: &str, values: Value) -> bool {
        let model = CostModel::new(
            "type Query { a(i: In): Int } enum Colour { RED GREEN } scalar Day
             input In { name: String! colours: [Colour!] inner: In size: Int! = 3 } input By @oneOf { id: ID slug: String }",
        );
        let document = parse(&format!("query({declared}) {{ a }}"), None, &Config::default().limits).unwrap();
        let DocumentOperations::Single(operation) = &document.operations else { panic!("one operation") };
        model.inputs().fits(&operation.node, &Variables::from_json(values))
    }

    #[test]
    fn values_of_plain_types_fit_or_do_not() {
        for (declared, good, bad) in [
            ("$v: String!", json!("x"), json!(1)),
            ("$v: ID", json!(null), json!(["x"])),
            ("$v: Int!", json!(7), json!(7_000_000_000_i64)),
            ("$v: Int", json!(-7), json!("7")),
            ("$v: Boolean", json!(true), json!("true")),
            ("$v: [String!]!", json!(["a"]), json!(["a", null])),
            ("$v: Colour!", json!("RED"), json!("BLUE")),
            ("$v: In!", json!({"name": "a", "colours": ["GREEN"], "inner": {"name": "b"}}), json!({"colours": ["GREEN"]})),
            ("$v: In!", json!({"name": "a"}), json!({"name": "a", "other": 1})),
            ("$v: By!", json!({"id": "a"}), json!({"id": "a", "slug": "b"})),
            ("$v: By!", json!({"slug": "a"}), json!({"slug": null})),
        ] {
            assert!(fits(declared, json!({"v": good})), "{declared} {good}");
            assert!(!fits(declared, json!({"v": bad})), "{declared} {bad}");
        }
        assert!(fits("$v: String", json!({})));
        assert!(!fits("$v: String!", json!({})));
    }

    #[test]
    fn what_takes_more_than_a_look_does_not_surely_fit() {
        assert!(!fits("$v: Day", json!({"v": "2026-11-28"})));
        assert!(!fits("$v: Float", json!({"v": 1.5})));
        assert!(!fits("$v: [String]", json!({"v": "alone"})), "a value that stands for a list of one");
        assert!(!fits("$v: Boolean = true", json!({"v": null})), "it may stand in `@skip(if: $v)`");
    }
}
