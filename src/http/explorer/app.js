// The explorer: tabs of queries, variables, a token, and the answers. Nothing leaves this server.
import { showSchema } from "/explorer/schema.js";

const by = (id) => document.getElementById(id);
const [query, variables, answer, status, problem, token] = ["query", "variables", "answer", "status", "problem", "token"].map(by);

// Tabs outlive the page; the token lives as long as the browser's tab does.
const KEY = "warta.explorer.tabs";
let state = load();
// Of several answers only the one to the last request of the open tab is shown.
let lastRun = 0;

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
  try {
    localStorage.setItem(KEY, JSON.stringify(state));
  } catch {
    // A browser that keeps nothing still shows everything.
  }
}

function open(at) {
  lastRun += 1;
  state.open = at;
  query.value = state.tabs[at].query;
  variables.value = state.tabs[at].variables;
  answer.textContent = "";
  problem.textContent = "";
  status.textContent = "Run a query with Ctrl+Enter.";
  drawTabs();
  save();
}

function add(title, text, json) {
  if (state.tabs.length > 0) save();
  state.tabs.push({ title, query: text, variables: json });
  open(state.tabs.length - 1);
}

function close(at) {
  save();
  state.tabs.splice(at, 1);
  if (state.tabs.length === 0) state.tabs.push({ title: "New query", query: "", variables: "{}" });
  const before = at < state.open || state.open >= state.tabs.length;
  open(Math.max(0, state.open - (before ? 1 : 0)));
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
    const choose = button(tab.title, null, () => {
      save();
      open(at);
    });
    choose.setAttribute("aria-pressed", String(at === state.open));
    made.append(choose, button("×", `Close ${tab.title}`, () => close(at)));
    return made;
  });
  by("tabs").replaceChildren(...tabs, button("+", "New tab", () => add("New query", "", "{}")));
}

function request(body, secret = "") {
  const headers = {
    "Content-Type": "application/json",
    Accept: "application/graphql-response+json, application/json;q=0.9",
    "Accept-Language": by("language").value,
  };
  if (secret) headers.Authorization = `Bearer ${secret}`;
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
  lastRun += 1;
  const thisRun = lastRun;
  const started = performance.now();
  try {
    const body = { query: query.value, variables: parsed, operationName: operationName() };
    const response = await request(body, token.value.trim());
    const text = await response.text();
    if (thisRun !== lastRun) return;
    const millis = (performance.now() - started).toFixed(0);
    let shown = text;
    let cost = "";
    try {
      const parsedAnswer = JSON.parse(text);
      shown = JSON.stringify(parsedAnswer, null, 2);
      const points = parsedAnswer.extensions?.cost;
      if (points) cost = ` · ${points.requested} of ${points.limit} points`;
    } catch {
      // Shown as it came.
    }
    status.textContent = `${response.status} · ${millis} ms · ${text.length.toLocaleString()} characters${cost} · request ${response.headers.get("x-request-id")}`;
    answer.textContent = shown;
  } catch (error) {
    if (thisRun !== lastRun) return;
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
  try {
    token.value = sessionStorage.getItem("warta.token") ?? "";
    token.addEventListener("change", () => sessionStorage.setItem("warta.token", token.value));
  } catch {
    // Without storage the token is typed in each time.
  }
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
