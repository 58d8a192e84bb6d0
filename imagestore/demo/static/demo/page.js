// The page: rows of photos on their way, cards of photos that are there, files dropped or chosen.
import { ask } from "./api.js";
import { $, made, picture, say, use } from "./book.js";
import { add, cancel, resume, start, typeOf } from "./uploads.js";

function show(photo) {
  const row = photo.row ??= $("#rows").appendChild(made("row", photo.file.name));
  $(".retry", row).onclick = () => start(photo, show);
  $(".remove", row).onclick = () => cancel(photo, show);
  $(".facts", row).textContent = photo.text || row.dataset[photo.step];
  $("progress", row).value = photo.share ?? 0;
  if (photo.decided) place(photo.decided, "prepend");
  if (photo.decided || photo.step === "cancelled") row.remove();
  if (row.dataset.step !== photo.step) say({ message: `${photo.file.name}: ${$(".facts", row).textContent}` });
  row.dataset.step = photo.step;
}

export function place(file, where = "append") {
  if (!["stored", "rejected"].includes(file.state)) return;
  const card = made(file.state, file.name, file.id);
  $(`#cards [data-file="${file.id}"]`)?.remove();
  $(".facts", card).textContent = file.reason?.text ?? `${file.width} × ${file.height}, ${Math.ceil(file.size / 1000)} kB`;
  $(".remove", card).onclick = () => ask("DELETE", `/files/${file.id}`).then(() => card.remove(), say);
  if (file.state === "stored") picture(card, file.id);
  $(".use", card)?.addEventListener("click", () => use(file.id, file.name));
  $("#cards")[where](card);
}

async function list(cursor) {
  const page = await ask("GET", `/files?limit=50${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`);
  page.items.forEach((file) => place(file));
  Object.assign($("#more"), { hidden: !page.next_cursor, onclick: () => list(page.next_cursor).catch(say) });
}

async function inside(entry, reader = entry.isDirectory && entry.createReader()) {
  if (!reader) return [await new Promise((found, failed) => entry.file(found, failed))];
  const some = await new Promise((found, failed) => reader.readEntries(found, failed));
  return some.length ? (await Promise.all([...some.map((one) => inside(one)), inside(entry, reader)])).flat() : [];
}

document.ondragover = (event) => event.preventDefault();
document.ondrop = async (event) => {
  event.preventDefault();
  const entries = Array.from(event.dataTransfer.items, (item) => item.webkitGetAsEntry()).filter(Boolean);
  add((await Promise.all(entries.map((entry) => inside(entry)))).flat().filter((file) => !file.name.startsWith(".")), show);
};
document.onchange = ({ target: { files, webkitdirectory } }) => {
  if (files) add(Array.from(files).filter((file) => !webkitdirectory || typeOf(file) !== "unknown"), show);
};
list().then(() => resume(show)).catch(say);
