// The explorer: tabs of queries, variables, a token, and the answers. Nothing leaves this server.
import { showSchema } from "/explorer/schema.js";

const by = (id) => document.getElementById(id);
const [query, variables, answer, status, problem, token] = ["query", "variables", "answer", "status", "problem", "token"].map(by);

// Tabs outlive the page; the token lives as long as the browser's tab does.
const KEY = "warta.explorer.tabs";
let state = load();

function load() {
  try {
    const stored = JSON.parse(localStorage.getItem(KEY));
    if (Array.isArray(stored?.tabs) && stored.tabs.length > 0) {
      return { tabs: stored.tabs, open: Math.min(Math.max(stored.open | 0, 0), stored.tabs.length - 1) };
    }
  } catch {
    // What can't be read is begun anew.
  }
  return { tabs: [], open: 0 };
}

function save() {
  const current = state.tabs[state.open];
  if (current) {
    current.query = query.value;
    current.variables = variables.value;
  }
  localStorage.setItem(KEY, JSON.stringify(state));
}

function open(at) {
  state.open = at;
  query.value = state.tabs[at].query;
  variables.value = state.tabs[at].variables;
  answer.textContent = "";
  problem.textContent = "";
  drawTabs();
  save();
}

function add(title, text, json) {
  if (state.tabs.length > 0) save();
  state.tabs.push({ title, query: text, variables: json });
  open(state.tabs.length - 1);
}

function close(at) {
  state.tabs.splice(at, 1);
  if (state.tabs.length === 0) state.tabs.push({ title: "New query", query: "", variables: "{}" });
  open(Math.min(at, state.tabs.length - 1));
}

function button(text, label, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = text;
  if (label) made.setAttribute("aria-label", label);
  made.addEventListener("click", act);
  return made;
}

function drawTabs() {
  const tabs = state.tabs.map((tab, at) => {
    const made = document.createElement("div");
    made.className = "tab";
    made.setAttribute("role", "tab");
    made.setAttribute("aria-selected", String(at === state.open));
    const choose = button(tab.title, null, () => {
      save();
      open(at);
    });
    made.append(choose, button("×", `Close ${tab.title}`, () => close(at)));
    return made;
  });
  by("tabs").replaceChildren(...tabs, button("+", "New tab", () => add("New query", "", "{}")));
}

function request(body) {
  const headers = {
    "Content-Type": "application/json",
    Accept: "application/graphql-response+json, application/json;q=0.9",
    "Accept-Language": by("language").value,
  };
  if (token.value.trim()) headers.Authorization = `Bearer ${token.value.trim()}`;
  return fetch("/graphql", { method: "POST", headers, body: JSON.stringify(body) });
}

// The operation that the cursor stands in, when there are several.
function operationName() {
  const names = [...query.value.matchAll(/^\s*(?:query|mutation)\s+(\w+)/gm)];
  if (names.length < 2) return undefined;
  const before = names.filter((match) => match.index <= query.selectionStart);
  return (before.at(-1) ?? names[0])[1];
}

async function run() {
  save();
  problem.textContent = "";
  let parsed = {};
  try {
    parsed = variables.value.trim() ? JSON.parse(variables.value) : {};
  } catch (error) {
    problem.textContent = `Variables are not JSON: ${error.message}`;
    return;
  }
  status.textContent = "Running…";
  const started = performance.now();
  try {
    const response = await request({ query: query.value, variables: parsed, operationName: operationName() });
    const text = await response.text();
    const millis = (performance.now() - started).toFixed(0);
    let shown = text;
    let cost = "";
    try {
      const body = JSON.parse(text);
      shown = JSON.stringify(body, null, 2);
      if (body.extensions?.cost) cost = ` · ${body.extensions.cost.requested} of ${body.extensions.cost.limit} points`;
    } catch {
      // Shown as it came.
    }
    status.textContent = `${response.status} · ${millis} ms · ${text.length.toLocaleString()} characters${cost} · request ${response.headers.get("x-request-id")}`;
    answer.textContent = shown;
  } catch (error) {
    status.textContent = "No answer.";
    problem.textContent = `The server did not answer: ${error.message}`;
  }
}

function editKeys(event) {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    run();
  } else if (event.key === "Tab" && !event.shiftKey && event.target === query) {
    event.preventDefault();
    query.setRangeText("  ", query.selectionStart, query.selectionEnd, "end");
  }
}

async function main() {
  token.value = sessionStorage.getItem("warta.token") ?? "";
  token.addEventListener("change", () => sessionStorage.setItem("warta.token", token.value));
  by("run").addEventListener("click", run);
  by("toggle-docs").addEventListener("click", (event) => {
    const hidden = document.querySelector("main").classList.toggle("without-docs");
    event.currentTarget.setAttribute("aria-expanded", String(!hidden));
  });
  for (const area of [query, variables]) {
    area.addEventListener("keydown", editKeys);
    area.addEventListener("input", save);
  }
  const samples = await (await fetch("/explorer/samples.json")).json();
  const choice = by("samples");
  samples.forEach((sample, at) => choice.add(new Option(sample.title, String(at))));
  choice.addEventListener("change", () => {
    const sample = samples[Number(choice.value)];
    if (choice.value !== "" && sample) add(sample.title, sample.query, sample.variables);
    choice.value = "";
  });
  if (state.tabs.length > 0) open(state.open);
  else add(samples[0].title, samples[0].query, samples[0].variables);
  showSchema(request);
}

main();
