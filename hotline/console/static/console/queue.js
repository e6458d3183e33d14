// The queue asks for its rows every second; the tag it sends along lets the server answer
// "as before" (304) in a few bytes.
const rows = document.getElementById("rows");
const offline = document.getElementById("offline");
let tag = null;

rows.addEventListener("htmx:config:request", (event) => {
  if (tag) event.detail.ctx.request.headers["If-None-Match"] = tag;
});
rows.addEventListener("htmx:before:response", (event) => {
  const { raw } = event.detail.ctx.response;
  offline.hidden = raw.status < 500;
  tag = raw.headers.get("ETag") ?? tag;
  // A page that says what failed is no list of rows; keep the rows that there are.
  if (raw.status !== 200 && !raw.headers.has("HX-Redirect")) event.preventDefault();
});
rows.addEventListener("htmx:error", () => {
  offline.hidden = false;
});
