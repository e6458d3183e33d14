// The phone's screen: it only ever talks to /phone/… on its own server.

const POLL_MS = 500;
const page = (id) => document.getElementById(id);
const phone = document.querySelector(".phone");
const tabs = [...document.querySelectorAll("[role=tab]")];
const log = page("log"), chat = page("chat"), problem = page("problem"), person = page("person");
const APPS = { whatsapp: "WhatsApp", telegram: "Telegram", signal: "Signal" };

const state = { app: "whatsapp", picked: null, shown: "", people: [] };

// People live as long as the browser's tab: each tab begins with somebody new.
function loadPeople() {
  state.people = JSON.parse(sessionStorage.getItem("people") ?? "[]");
  if (!state.people.length) addPerson();
  showPeople(sessionStorage.getItem("person") ?? state.people.at(-1));
}

function addPerson() {
  const bytes = crypto.getRandomValues(new Uint8Array(8));
  state.people.push([...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(""));
  sessionStorage.setItem("people", JSON.stringify(state.people));
}

function showPeople(chosen) {
  person.replaceChildren(...state.people.map((id, index) => new Option(`Person ${index + 1}`, id)));
  person.value = chosen;
  sessionStorage.setItem("person", chosen);
}

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

async function ask(path, options) {
  const answer = await fetch(path, options);
  const value = await answer.json();
  if (!answer.ok) throw new Error(value.error ?? `The phone answered ${answer.status}.`);
  return value;
}

const post = (path, value) => ask(path, {
  method: "POST",
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify(value),
});

async function attempt(action) {
  problem.textContent = "";
  try {
    await action();
  } catch (error) {
    problem.textContent = error.message;
  }
}

function bubble(message) {
  const mine = message.author === "person";
  const made = element("div", { className: `bubble ${message.author}` });
  made.append(element("span", { className: "hidden", textContent: mine ? "You: " : "Hotline: " }));
  if (message.picture) made.append(element("img", { src: message.picture, alt: message.filename ?? "Picture" }));
  else if (message.filename) made.append(element("div", { textContent: `📎 ${message.filename}` }));
  if (message.text) made.append(element("div", { className: "text", textContent: message.text }));
  const time = new Date(message.at * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  const marks = { sent: "sending…", delivered: "delivered", failed: "not delivered" };
  made.append(element("span", { className: "kept", textContent: mine ? `${time} · ${marks[message.state]}` : time }));
  if (message.choices.length) made.append(choices(message));
  return made;
}

function choices(message) {
  const buttons = message.choices.map((choice) => element("button", {
    type: "button",
    textContent: choice.label,
    onclick: () => attempt(async () => {
      const order = { app: state.app, person: person.value, message: message.number, choice: choice.id };
      await post("/phone/choose", order);
      await refresh();
    }),
  }));
  return element("div", { className: "choices" }, ...buttons);
}

async function refresh() {
  const { app } = state, who = person.value;
  const { messages } = await ask(`/phone/messages?app=${app}&person=${who}`);
  const seen = JSON.stringify([app, who, messages]);
  if (seen === state.shown || app !== state.app || who !== person.value) return;
  state.shown = seen;
  const isAtEnd = chat.scrollHeight - chat.scrollTop - chat.clientHeight < 60;
  const hint = `No messages yet. Pick a picture below and forward it, as ${APPS[app]} would.`;
  const bubbles = messages.length ? messages.map(bubble) : [element("p", { className: "empty", textContent: hint })];
  show(bubbles);
  if (isAtEnd) chat.scrollTop = chat.scrollHeight;
}

// Bubbles that did not change stay: a screen reader reads out new ones only.
function show(bubbles) {
  bubbles.forEach((made, index) => {
    const old = log.children[index];
    if (!old) log.append(made);
    else if (!old.isEqualNode(made)) old.replaceWith(made);
  });
  while (log.children.length > bubbles.length) log.lastChild.remove();
  for (const image of log.querySelectorAll("img")) {
    image.onload ??= () => { chat.scrollTop = chat.scrollHeight; };
  }
}

async function poll() {
  try {
    await refresh();
  } catch {
    // The phone's server is away; the next poll finds it again.
  }
  setTimeout(poll, POLL_MS);
}

function pick(name) {
  state.picked = state.picked === name ? null : name;
  if (state.picked) page("file").value = "";
  for (const button of page("samples").children) {
    button.setAttribute("aria-pressed", String(button.dataset.name === state.picked));
  }
}

async function loadSamples() {
  const { samples } = await ask("/phone/samples");
  page("samples").replaceChildren(...samples.map(({ name, title, url }) => {
    const button = element("button", { type: "button", onclick: () => pick(name) },
      element("img", { src: url, alt: title, title }));
    button.dataset.name = name;
    button.setAttribute("aria-pressed", "false");
    return button;
  }));
}

async function send(text, { withPicture }) {
  const form = new FormData();
  const file = page("file").files[0];
  form.append("app", state.app);
  form.append("person", person.value);
  form.append("text", text);
  if (withPicture && file) form.append("file", file);
  else if (withPicture && state.picked) form.append("sample", state.picked);
  if (withPicture && page("worse").checked) {
    form.append("quality", "40");
    form.append("scale", "0.5");
  }
  await ask("/phone/send", { method: "POST", body: form });
  await refresh();
  chat.scrollTop = chat.scrollHeight;
}

page("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  attempt(async () => {
    const button = page("send");
    button.disabled = true;
    try {
      await send(page("text").value, { withPicture: true });
      page("text").value = "";
      page("file").value = "";
      if (state.picked) pick(state.picked);
    } finally {
      button.disabled = false;
    }
  });
});

page("status").addEventListener("click", () => attempt(() => send("STATUS", { withPicture: false })));
page("file").addEventListener("change", () => { if (state.picked) pick(state.picked); });
page("another").addEventListener("click", () => {
  addPerson();
  showPeople(state.people.at(-1));
  attempt(refresh);
});
person.addEventListener("change", () => {
  sessionStorage.setItem("person", person.value);
  attempt(refresh);
});

function choose(tab) {
  for (const one of tabs) {
    one.setAttribute("aria-selected", String(one === tab));
    one.tabIndex = one === tab ? 0 : -1;
  }
  state.app = phone.dataset.app = tab.dataset.app;
  chat.setAttribute("aria-labelledby", tab.id);
  attempt(refresh);
}

tabs.forEach((tab, index) => {
  tab.addEventListener("click", () => choose(tab));
  tab.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next = tabs[(index + step + tabs.length) % tabs.length];
    choose(next);
    next.focus();
  });
});

loadPeople();
attempt(loadSamples);
poll();
