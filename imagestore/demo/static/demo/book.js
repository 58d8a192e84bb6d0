// A photo book: what is on the page is what is saved. Of two tabs the second is told, and keeps its work.
import { ask } from "./api.js";

export const $ = (selector, within = document) => within.querySelector(selector);
export const say = ({ message }) => { $("#said").textContent = message; };
export let book = {}, saved;

export function made(template, name, file = "") {
  const element = $(`#${template}`).content.firstElementChild.cloneNode(true);
  $(".name", element).textContent = name;
  element.dataset.file = file;
  for (const part of element.querySelectorAll("[data-does]")) part.ariaLabel = `${part.dataset.does} ${name}`;
  return element;
}

/** The small picture that is made of each photo, so HEIC and TIFF are seen too. */
export const picture = (element, id) => ask("GET", `/files/${id}/renditions/thumbnail?redirect=false`, { headers: { Accept: "image/webp" }})
  .then(({ url }) => { $("img", element).src = url; }, (problem) => { element.dataset.unseen = "yes"; throw problem; });

/** `url`: its picture as the project brought it. A photo of a copied book has no other: the file is somebody else's. */
export function use({ id, name, url }, caption = "") {
  const leaf = made("leaf", name, id);
  if (url) $("img", leaf).src = url; else picture(leaf, id).catch(say);
  $("input", leaf).value = caption;
  $(".remove", leaf).onclick = () => leaf.remove();
  $("#leaves").append(leaf);
}

export async function open(id) {
  book = id ? await ask("GET", `/projects/${id}?urls=thumbnail`) : { document: { leaves: [] }, files: {} };
  $("#name").value = book.name ?? "";
  $("#leaves").replaceChildren();
  for (const { photo, caption } of book.document.leaves) use(book.files[photo], caption);
  saved = JSON.stringify(draft());
  await list();
}

async function list() {
  const active = (await ask("GET", "/projects?limit=100")).items.filter((one) => one.state === "active");
  $("#books").replaceChildren(new Option("A new photo book", ""), ...active.map((one) => new Option(one.name || "No name", one.id)));
  history.replaceState(null, "", `#${$("#books").value = book.id ?? ""}`);
}

function draft() {
  const leaves = Array.from($("#leaves").children);
  const files = Object.fromEntries(leaves.map((leaf, at) => [`photo-${at}`, leaf.dataset.file]));
  const document = { leaves: leaves.map((leaf, at) => ({ photo: `photo-${at}`, caption: $("input", leaf).value })) };
  return { name: $("#name").value, document, files };
}

async function put(body = draft()) {
  const [method, path, headers] = book.id ? ["PUT", `/projects/${book.id}`, { "If-Match": book.etag }] : ["POST", "/projects"];
  try {
    Object.assign(book, await ask(method, path, { body, headers }));
    saved = JSON.stringify(body); // Whoever went on typing meanwhile has unsaved work again.
    await list();
    say({ message: `Saved as version ${book.version}.` });
  } catch (problem) {
    if (problem.status !== 412) return say(problem);
    $("#theirs").textContent = `version ${problem.current_version}, ${new Date(problem.saved_at).toLocaleString()}`;
    $("#conflict").showModal();
  }
}

/** While something is under way nobody edits or saves: a second click saves nothing twice. */
export const alone = (work) => { $("#book").inert = true; return work.catch(say).finally(() => { $("#book").inert = false; }); };
const unsaved = () => JSON.stringify(draft()) !== saved;
$("#book").onsubmit = (event) => { event.preventDefault(); alone(put()); };
$("#books").onchange = ({ target }) => (!unsaved() || confirm("Leave what is not saved?")
  ? alone(open(target.value)) : target.value = book.id ?? "");
$("#take").onclick = () => alone(open(book.id));
$("#copy").onclick = () => { book = {}; $("#name").value = `${$("#name").value.slice(0, 190)} (my copy)`; alone(put()); };
window.onbeforeunload = (event) => { if (unsaved()) event.preventDefault(); };
alone(open(location.hash.slice(1)).catch(() => open("")));
