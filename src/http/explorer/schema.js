// Documentation of the schema, read by introspection: types, fields, arguments, and a search over all of them.
const TYPE = "kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } }";
const VALUE = `name description defaultValue isDeprecated deprecationReason type { ${TYPE} }`;
const INTROSPECTION = `{ __schema {
  queryType { name } mutationType { name }
  types { kind name description
    fields(includeDeprecated: true) { name description isDeprecated deprecationReason type { ${TYPE} } args(includeDeprecated: true) { ${VALUE} } }
    inputFields(includeDeprecated: true) { ${VALUE} }
    enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason }
    possibleTypes { name } interfaces { name } }
} }`;

const by = (id) => document.getElementById(id);
const types = new Map();
let roots = [];
let trail = [];

export async function showSchema(request) {
  try {
    const body = await (await request({ query: INTROSPECTION })).json();
    const schema = body.data?.__schema;
    if (!schema) throw new Error(body.errors?.[0]?.message ?? "the schema may not be asked for");
    schema.types.filter((type) => !type.name.startsWith("__")).forEach((type) => types.set(type.name, type));
    roots = [schema.queryType?.name, schema.mutationType?.name].filter(Boolean);
  } catch (error) {
    by("entry").textContent = `No documentation: ${error.message}`;
    return;
  }
  by("search-docs").addEventListener("input", (event) => find(event.target.value));
  overview();
}

function element(name, content, className) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...[content].flat().filter((part) => part !== null && part !== undefined));
  return made;
}

function link(name, text = name) {
  if (!types.has(name)) return text;
  const made = element("button", text, "type-link");
  made.type = "button";
  made.addEventListener("click", () => show(name));
  return made;
}

// A type as it is written, its name a link.
function written(type) {
  if (type.kind === "NON_NULL") return [...written(type.ofType), "!"];
  if (type.kind === "LIST") return ["[", ...written(type.ofType), "]"];
  return [link(type.name)];
}

function args(field) {
  if (!field.args?.length) return [];
  const list = field.args.flatMap((arg, at) => [at > 0 ? ", " : "", `${arg.name}: `, ...written(arg.type), arg.defaultValue ? ` = ${arg.defaultValue}` : ""]);
  return ["(", ...list, ")"];
}

function described(item) {
  const note = item.isDeprecated ? `Deprecated: ${item.deprecationReason ?? ""} ` : "";
  return note + (item.description ?? "");
}

function row(head, item, more = []) {
  return [element("dt", head), element("dd", described(item)), ...more];
}

function list(title, rows) {
  return rows.length === 0 ? [] : [element("h3", title), element("dl", rows.flat())];
}

function draw(parts) {
  by("entry").replaceChildren(...parts.flat());
  by("entry").scrollTop = 0;
  const home = element("button", "Schema", "type-link");
  home.type = "button";
  home.addEventListener("click", overview);
  by("trail").replaceChildren(home, ...trail.flatMap((name) => [" › ", link(name)]));
}

function overview() {
  trail = [];
  const names = [...types.keys()].filter((name) => !roots.includes(name)).sort();
  draw([
    list("Start here", roots.map((name) => row([link(name)], types.get(name)))),
    list("Types", names.map((name) => row([link(name)], types.get(name)))),
  ]);
}

function show(name) {
  const type = types.get(name);
  const at = trail.indexOf(name);
  trail = at >= 0 ? trail.slice(0, at + 1) : [...trail, name].slice(-4);
  const field = (item) => {
    const documented = (item.args ?? []).filter((arg) => arg.description).map((arg) => element("dd", `${arg.name}: ${described(arg)}`));
    return row([item.name, ...args(item), ": ", ...written(item.type), item.defaultValue ? ` = ${item.defaultValue}` : ""], item, documented);
  };
  draw([
    element("h2", name),
    element("p", type.description ?? ""),
    list("Fields", (type.fields ?? []).map(field)),
    list("Input fields", (type.inputFields ?? []).map(field)),
    list("Values", (type.enumValues ?? []).map((value) => row([value.name], value))),
    list("Is one of", (type.possibleTypes ?? []).map((possible) => row([link(possible.name)], types.get(possible.name)))),
  ]);
}

function find(text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return overview();
  trail = [];
  const fits = (...texts) => words.every((word) => texts.some((value) => value?.toLowerCase().includes(word)));
  const rows = [];
  for (const type of types.values()) {
    if (fits(type.name, type.description)) rows.push(row([link(type.name)], type));
    for (const item of [...(type.fields ?? []), ...(type.inputFields ?? []), ...(type.enumValues ?? [])]) {
      if (fits(item.name, item.description)) rows.push(row([link(type.name, `${type.name}.${item.name}`)], item));
    }
  }
  draw([list(`${rows.length} found`, rows.slice(0, 200))]);
}
