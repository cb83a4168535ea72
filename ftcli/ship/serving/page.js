"use strict";
const form = document.querySelector("form"), button = form.querySelector("button[type=submit]");
let busy = false;
const state = document.querySelector("#status"), answers = document.querySelector("#answers");
const chooser = form.querySelector("input[type=file]"), drop = form.querySelector(".drop");
const SHOWN = 10;

// Everything that comes from the model or a file becomes text, never markup.
function make(tag, content, attributes = {}) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...[content].flat().filter((one) => one !== null && one !== undefined));
  return element;
}

function number(value) {
  if (typeof value !== "number") return value === null ? "–" : Array.isArray(value) ? value.join(", ") : String(value);
  return Number.isInteger(value) ? String(value) : value.toFixed(Math.abs(value) < 10 ? 3 : 1);
}

function dataUrl(file) {
  return `data:${file.type};base64,${file.base64}`;
}

function swatch(colour) {
  const dot = make("i", null, { class: "swatch", "aria-hidden": "true" });
  dot.style.setProperty("--c", colour);
  return dot;
}

function bar(share) {
  const line = make("i", null, { class: "share", "aria-hidden": "true" });
  line.style.setProperty("--s", share);
  return line;
}

function chances(pairs, colours) {
  const rows = pairs.sort((a, b) => b[1] - a[1]).map(([name, value]) => make("li", [
    make("span", [colours[name] ? swatch(colours[name]) : null, make("bdi", name)]),
    make("data", value === null ? "–" : value.toFixed(3), { value: String(value) }),
    bar(value ?? 0),
  ]));
  const list = make("ul", rows.slice(0, SHOWN), { class: "chances" });
  if (rows.length <= SHOWN) return [list];
  const more = make("ul", rows.slice(SHOWN), { class: "chances" });
  return [list, make("details", [make("summary", `${rows.length - SHOWN} more`), more])];
}

function table(rows, colours) {
  const columns = Object.keys(rows[0]).filter((name) => name !== "id");
  const numeric = (name) => rows.some((row) => typeof row[name] === "number") ? { class: "num" } : {};
  const head = make("tr", columns.map((name) => make("th", name, { scope: "col", ...numeric(name) })));
  const cells = (row) => columns.map((name) => make("td", [
    name === "label" && colours[row.label] ? swatch(colours[row.label]) : null, make("bdi", number(row[name])),
  ], numeric(name)));
  const whole = make("table", [make("thead", head), make("tbody", rows.map((row) => make("tr", cells(row))))], { class: "wide" });
  return make("div", whole, { class: "scroll", tabindex: "0" });
}

// Rows are those of `ftcli predict --json`.
function said(rows, colours) {
  if (!rows.length || Object.values(rows[0]).slice(1).every((value) => value === null)) {
    return [make("p", "Nothing was found.", { class: "said" })];
  }
  const scores = Object.entries(rows[0]).filter(([name]) => /^p\(.*\)$/s.test(name));
  if (rows.length === 1 && scores.length) {
    const label = Array.isArray(rows[0].label) ? rows[0].label.join(", ") || "none of the classes" : String(rows[0].label);
    return [make("p", make("bdi", label), { class: "said" }), ...chances(scores.map(([name, value]) => [name.slice(2, -1), value]), colours)];
  }
  if ("share" in rows[0]) return chances(rows.map((row) => [row.label, row.share]), colours);
  if (rows.length === 1 && Object.keys(rows[0]).length === 2) {
    return [make("p", make("bdi", number(rows[0].label)), { class: typeof rows[0].label === "string" ? "said text" : "said" })];
  }
  return [table(rows, colours)];
}

function preview(given, answer) {
  const picture = (answer?.pictures ?? [])[0];
  if (picture) return make("img", null, { src: dataUrl(picture), alt: "The picture with what was found" });
  if (!given.file) return make("blockquote", make("bdi", given.text));
  const type = given.file.type.startsWith("audio/") || chooser.accept.startsWith("audio") ? "audio" : "img";
  const source = { src: URL.createObjectURL(given.file), ...(type === "audio" ? { controls: "" } : { alt: "What was given" }) };
  return make(type, null, source);
}

function show(given, answer, problem) {
  const parts = problem ? [make("p", problem, { class: "failed" })] : said(answer.predictions, answer.colours ?? {});
  const sounds = (answer?.files ?? []).filter((file) => file.type.startsWith("audio/"));
  parts.push(...sounds.map((file) => make("audio", null, { controls: "", src: dataUrl(file) })));
  const head = given.file ? make("h2", make("bdi", given.file.name)) : null;
  answers.prepend(make("article", [head, preview(given, answer), make("div", parts)], { class: "answer" }));
}

async function ask(given) {
  try {
    const response = await fetch("predict?pictures=1", { method: "POST", body: given.form });
    const answer = await response.json();
    show(given, response.ok ? answer : null, response.ok ? null : answer.error);
    return response.ok;
  } catch (error) {
    show(given, null, `The server did not answer: ${error.message}`);
    return false;
  }
}

// One request for each file, so that each has its own answer.
function given(files) {
  if (chooser) {
    return files.map((file) => {
      const body = new FormData();
      body.append("file", file);
      return { file, form: body };
    });
  }
  const body = new FormData(form);
  return [{ text: [body.get("text"), body.get("text_pair")].filter(Boolean).join("\n"), form: body }];
}

async function predict(files) {
  if (busy) return;
  const all = given(files);
  if (!all.length) return;
  busy = true;
  if (button) button.disabled = true;
  let failed = 0;
  for (const [index, one] of all.entries()) {
    state.textContent = all.length > 1 ? `Predicting ${index + 1} of ${all.length} …` : "Predicting …";
    failed += !(await ask(one));
  }
  const good = all.length - failed;
  state.textContent = `${good} ${good === 1 ? "answer" : "answers"}` + (failed ? `, ${failed} failed.` : ".");
  busy = false;
  if (button) button.disabled = false;
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  predict([]);
});
if (chooser) {
  chooser.addEventListener("change", async () => {
    await predict([...chooser.files]);
    // So that the same file may be chosen again.
    chooser.value = "";
  });
  document.addEventListener("paste", (event) => predict([...event.clipboardData.files]));
  for (const type of ["dragover", "dragleave", "drop"]) {
    drop.addEventListener(type, (event) => {
      event.preventDefault();
      drop.classList.toggle("over", type === "dragover");
      if (type === "drop") predict([...event.dataTransfer.files]);
    });
  }
}
document.querySelector("#origin").textContent = new URL("predict", location.href).href;
document.documentElement.dataset.ready = "1";
