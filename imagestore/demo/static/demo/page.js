// The page: rows of photos on their way, cards of photos that are there, files dropped or chosen.
import { ask } from "./api.js";
import { $, made, picture, say, use } from "./book.js";
import { add, cancel, resume, start, typeOf } from "./uploads.js";

const isImage = (file) => typeOf(file).startsWith("image/");

function show(photo) {
  const row = photo.row ??= $("#rows").appendChild(made("row", photo.file.name));
  [$(".retry", row).onclick, $(".remove", row).onclick] = [() => start(photo, show), () => cancel(photo, show)];
  $(".facts", row).textContent = photo.text || row.dataset[photo.step];
  $("progress", row).value = photo.share ?? 0;
  if (photo.decided) place(photo.decided, "prepend");
  if (photo.decided || photo.step === "cancelled") row.remove();
  row.dataset.step = photo.step;
}

export function place(file, where = "append") {
  if (!["stored", "rejected"].includes(file.state)) return;
  const card = made(file.state, file.name, file.id);
  $(`#cards [data-file="${file.id}"]`)?.remove();
  $(".facts", card).textContent = file.reason?.text ?? `${file.width} × ${file.height}, ${Math.ceil(file.size / 1000)} kB`;
  $(".remove", card).onclick = () => ask("DELETE", `/files/${file.id}`).then(() => { card.remove(); say({ message: "Deleted." }); }, say);
  if (file.state === "stored") { seen(card, file.id); $(".use", card).onclick = () => use(file); }
  $("#cards")[where](card);
}

/** A photo that is good at its beginning may turn out broken when all of it was looked at. */
const seen = (card, id) => picture(card, id).catch(() => ask("GET", `/files/${id}`).then((now) => now.reason && place(now))).catch(say);

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
  const found = entries.map(async (entry) => (await inside(entry)).filter((file) => entry.isFile || isImage(file)));
  add((await Promise.all(found)).flat(), show);
};
document.onchange = ({ target }) => {
  if (target.files) add(Array.from(target.files).filter((file) => !target.webkitdirectory || isImage(file)), show);
  if (target.files) target.value = ""; // The same photo can be chosen again.
};
const goOn = () => document.querySelectorAll("[data-step=lost] .retry").forEach((button) => button.click());
setInterval(window.ononline = document.onvisibilitychange = goOn, 30_000);
list().then(() => resume(show)).catch(say);
