//! What the fields of the schema cost.

use std::sync::LazyLock;

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{BaseType, Type, TypeKind, TypeSystemDefinition};
use rustc_hash::{FxHashMap, FxHashSet};

use super::input::InputModel;

/// The part of the schema that costs depend on: what a field leads to, and whether it is a list or a page.
#[derive(Debug, Default)]
pub struct CostModel {
    types: FxHashMap<String, FxHashMap<String, FieldCost>>,
    objects: FxHashSet<String>,
    /// Interfaces and unions.
    abstracts: FxHashSet<String>,
    inputs: InputModel,
}

/// A field that is in no schema: the library will say so.
static UNKNOWN: FieldCost = FieldCost { target: String::new(), written: String::new(), size: Size::One };

/// The name of a type, which every type has.
static TYPE_NAME: LazyLock<FieldCost> =
    LazyLock::new(|| FieldCost { target: "String".to_owned(), written: "String!".to_owned(), size: Size::One });

/// What one field costs.
#[derive(Clone, Debug)]
pub struct FieldCost {
    /// The type that it leads to.
    pub target: String,
    /// The same as the schema writes it, with what says that it is a list and never null.
    pub written: String,
    pub size: Size,
}

/// How many rows a field has.
#[derive(Clone, Copy, Debug)]
pub enum Size {
    One,
    /// A plain list.
    List,
    /// As many as its `first` or `last` says.
    Page,
}

impl CostModel {
    /// Reads the model from the schema's definition language; what can't be read costs one point a field.
    pub fn new(sdl: &str) -> Self {
        let mut model = Self::default();
        for definition in parse_schema(sdl).map(|document| document.definitions).unwrap_or_default() {
            let TypeSystemDefinition::Type(definition) = definition else { continue };
            let is_one_of = definition.node.directives.iter().any(|directive| directive.node.name.node == "oneOf");
            model.inputs.add(definition.node.name.node.clone(), &definition.node.kind, is_one_of);
            let name = definition.node.name.node.to_string();
            let fields = match definition.node.kind {
                TypeKind::Object(object) => {
                    model.objects.insert(name.clone());
                    object.fields
                }
                TypeKind::Interface(interface) => {
                    model.abstracts.insert(name.clone());
                    interface.fields
                }
                TypeKind::Union(_) => {
                    model.abstracts.insert(name);
                    continue;
                }
                _ => continue,
            };
            let is_page = name.ends_with("Connection");
            let costs = fields.into_iter().map(|field| {
                let (target, is_list) = named(&field.node.ty.node);
                let has_size = field.node.arguments.iter().any(|argument| argument.node.name.node == "first");
                let size = match (has_size, is_list && !is_page) {
                    (true, _) => Size::Page,
                    (false, true) => Size::List,
                    (false, false) => Size::One,
                };
                (field.node.name.node.to_string(), FieldCost { target, written: field.node.ty.node.to_string(), size })
            });
            model.types.insert(name, costs.collect());
        }
        model
    }

    /// The cost of a field of a type; one point for what is unknown.
    pub fn field(&self, parent: &str, name: &str) -> &FieldCost {
        if name == "__typename" {
            return &TYPE_NAME;
        }
        self.types.get(parent).and_then(|fields| fields.get(name)).unwrap_or(&UNKNOWN)
    }

    /// Whether a type has things of its own.
    pub fn is_object(&self, name: &str) -> bool {
        self.objects.contains(name)
    }

    /// Whether fields are selected of a type.
    pub fn is_composite(&self, name: &str) -> bool {
        self.is_object(name) || self.abstracts.contains(name)
    }

    /// The types of inputs.
    pub fn inputs(&self) -> &InputModel {
        &self.inputs
    }
}

fn named(ty: &Type) -> (String, bool) {
    match &ty.base {
        BaseType::Named(name) => (name.to_string(), false),
        BaseType::List(inner) => (named(inner).0, true),
    }
}
