// Show the picture only while a key or the pointer is held, from memory only, and say how long.
const box = document.getElementById("reveal");
const frame = box?.querySelector(".frame");
const button = box?.querySelector(".hold");
const status = box?.querySelector("[role=status]");
let look = null; // the look that is going on: {asking, picture, url, since}

function form(values = {}) {
  const body = new FormData();
  body.set("csrfmiddlewaretoken", document.querySelector("[name=csrfmiddlewaretoken]").value);
  for (const [name, value] of Object.entries(values)) body.set(name, value);
  return body;
}

async function show() {
  if (look) return;
  const mine = { asking: new AbortController(), picture: null, url: null, since: null };
  look = mine;
  button.classList.add("held");
  status.textContent = "";
  try {
    const answer = await fetch(box.dataset.reveal, {
      method: "POST",
      body: form(),
      cache: "no-store",
      redirect: "error",
      signal: mine.asking.signal,
    });
    if (!answer.ok) throw new Error(answer.statusText);
    const bytes = await answer.blob();
    if (look !== mine) return; // let go while the picture was on its way
    mine.url = URL.createObjectURL(bytes);
    mine.picture = new Image();
    mine.picture.className = "clear";
    mine.picture.alt = "";
    mine.picture.draggable = false;
    mine.picture.src = mine.url;
    await mine.picture.decode();
    if (look !== mine) return;
    frame.append(mine.picture);
    mine.since = performance.now();
  } catch (error) {
    if (look !== mine) return;
    hide();
    if (error.name !== "AbortError") status.textContent = box.dataset.failed;
  }
}

function hide() {
  if (!look) return;
  const { asking, picture, url, since } = look;
  look = null;
  asking.abort();
  picture?.remove();
  if (url) URL.revokeObjectURL(url);
  button.classList.remove("held");
  if (since === null) return;
  const seconds = ((performance.now() - since) / 1000).toFixed(2);
  fetch(box.dataset.hidden, { method: "POST", body: form({ seconds }), keepalive: true });
}

// Space belongs to what the keyboard stands on; otherwise it is the key to hold.
function isOurs(event) {
  const at = event.target;
  if (event.key !== " " || event.ctrlKey || event.altKey || event.metaKey) return false;
  if (at === button) return true;
  if (at.closest("textarea, select")) return false;
  return !at.closest("a, button, input, summary") || !at.matches(":focus-visible");
}

if (box) {
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") hide();
    if (!isOurs(event)) return;
    event.preventDefault();
    if (!event.repeat) show();
  });
  document.addEventListener("keyup", (event) => {
    if (event.key !== " " || !look) return;
    event.preventDefault();
    hide();
  });
  for (const target of [button, frame]) {
    target.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      // A finger on the picture is there to scroll; it must not reveal by accident.
      if (target === frame && event.pointerType === "touch") return;
      target.setPointerCapture(event.pointerId); // so that letting go anywhere hides
      event.preventDefault();
      show();
    });
    target.addEventListener("contextmenu", (event) => event.preventDefault());
    for (const end of ["pointerup", "pointercancel", "lostpointercapture"])
      target.addEventListener(end, hide);
  }
  for (const [where, what] of [[window, "blur"], [window, "pagehide"], [document, "visibilitychange"]])
    where.addEventListener(what, hide);
}
