// Versions of a book: what was saved when, and the way back to any of it. Restoring saves once more, so nothing is lost.
import { ask } from "./api.js";
import { $, alone, book, made, open, say } from "./book.js";

async function show() {
  const { items } = await ask("GET", `/projects/${book.id}/versions`);
  $("#steps").replaceChildren(...items.map(step));
  $("#versions").showModal();
}

function step(one) {
  const element = made("step", `version ${one.version}`);
  const by = one.kind === "manual" ? "saved by hand" : "saved automatically";
  const change = `photos: ${one.photos} (${one.photos_added} new, ${one.photos_removed} taken out)`;
  $(".facts", element).textContent = `${new Date(one.saved_at).toLocaleString()}, ${by}, ${change}`;
  $(".restore", element).hidden = one.version === book.version;
  $(".restore", element).onclick = () => alone(restore(one.version));
  return element;
}

async function restore(version) {
  const { id, etag } = book;
  await ask("POST", `/projects/${id}/versions/${version}/restore`, { headers: { "If-Match": etag } });
  await open(id);
  $("#versions").close();
  say({ message: `Version ${version} is back, as version ${book.version}.` });
}

$("#history").onclick = () => show().catch(say);
