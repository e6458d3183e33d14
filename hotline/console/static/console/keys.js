// Keyboard: j/k walk the rows of a list; on the form every answer has a key of its own.
import { tinykeys } from "./vendor/tinykeys.js";

const form = document.getElementById("opinion");

function isTyping(event) {
  return event.target.closest?.("textarea, select, input:not([type=radio], [type=checkbox])");
}

function walk(step) {
  return (event) => {
    if (isTyping(event)) return;
    const rows = [...document.querySelectorAll(".rows .row")];
    if (!rows.length) return;
    const at = rows.indexOf(document.activeElement);
    const next = at < 0 ? (step > 0 ? 0 : rows.length - 1) : at + step;
    rows[Math.max(0, Math.min(rows.length - 1, next))].focus();
  };
}

function answer(input) {
  return (event) => {
    if (isTyping(event) || event.repeat) return;
    event.preventDefault();
    input.click();
  };
}

// "None of these" beside another answer would be refused; the later one wins instead.
function keepAlone(event) {
  const chosen = event.target;
  if (chosen.type !== "checkbox" || !chosen.checked) return;
  for (const other of form.querySelectorAll(`input[name="${chosen.name}"]:checked`)) {
    const clash = "alone" in chosen.dataset || "alone" in other.dataset;
    if (other !== chosen && clash) other.checked = false;
  }
}

if (form) {
  const keys = { "$mod+Enter": () => form.requestSubmit() };
  for (const input of form.querySelectorAll("[data-key]")) keys[input.dataset.key] = answer(input);
  tinykeys(window, keys);
  form.addEventListener("change", keepAlone, { capture: true });
} else if (document.querySelector("#rows, .rows")) {
  tinykeys(window, { j: walk(1), k: walk(-1) });
}
