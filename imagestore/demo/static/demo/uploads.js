// Uploads that outlive a reload: the browser keeps each photo until it is verified, or nobody wants it any more.
import { ask } from "./api.js";

const AT_ONCE = 4, ATTEMPTS = 4, turns = [], shelf = caches.open("photos");
// By tabs that were closed or reloaded, or are still at work.
const left = shelf.then((kept) => kept.keys()).then((requests) => requests.map(({ url }) => new URL(url).pathname));
const TYPES = { heic: "image/heic", heif: "image/heif", avif: "image/avif", tif: "image/tiff", tiff: "image/tiff" };

export const typeOf = (file) => file.type || TYPES[file.name.split(".").pop().toLowerCase()] || "unknown";

/** `show(photo)` is called whenever `step`, `text`, `share` (0 to 1) or `decided` of a photo changed. */
export async function add(files, show) {
  for (const file of files) {
    const key = `/photo/${crypto.randomUUID()}`, kept = new Response(file, { headers: { name: encodeURI(file.name) } });
    await (await shelf).put(key, kept).catch(() => {}); // A browser without room for it uploads all the same.
    start({ key, file }, show);
  }
}

/** Takes up what was left. Whatever another tab is at work with waits for that tab, and is done with by then. */
export async function resume(show) {
  for (const key of await left) navigator.locks.request(key, () => restored(key).then((photo) => photo && inTurn(photo, show)));
}

async function restored(key) {
  const kept = await (await shelf).match(key), type = kept?.headers.get("Content-Type") ?? "";
  return kept && { key, id: localStorage[key], file: new File([await kept.blob()], decodeURI(kept.headers.get("name")), { type }) };
}

export const start = (photo, show) => navigator.locks.request(photo.key, () => inTurn(photo, show));

function inTurn(photo, show) {
  show(Object.assign(photo, { step: "waiting", text: "" }));
  // The turn before the last few makes room for it.
  return turns[turns.length] = Promise.resolve(turns.at(-AT_ONCE)).then(() => photo.step === "cancelled" || upload(photo, show));
}

export async function cancel(photo, show) {
  show(Object.assign(photo, { step: "cancelled" }));
  photo.request?.abort();
  // If it is not withdrawn now, it is given up a day later.
  await Promise.all([forget(photo), photo.id && ask("DELETE", `/files/${photo.id}`).catch(() => {})]);
}

async function upload(photo, show) {
  const turn = (step, text = "", share = 0) => photo.step === "cancelled" || show(Object.assign(photo, { step, text, share }));
  try {
    turn("reading");
    if (!photo.id) await register(photo);
    await send(photo, turn).catch((problem) => { if (problem.code !== "upload-closed") throw problem; });
    turn("checking", "", 1); // Storage tells the shop by itself; asking is for who will not wait.
    if (photo.step !== "cancelled") photo.decided = await ask("POST", `/files/${photo.id}/confirm`);
    await forget(photo);
    turn("decided");
  } catch (problem) {
    if (problem.status === 404) delete photo.id; // Given up meanwhile: the next try registers it again.
    if (problem.status === 422) await forget(photo); // The shop will never take it: nothing to go on with after a reload.
    // Lost on the way: it is tried again without a person.
    turn(problem.status === 422 ? "refused" : problem.status < 500 ? "failed" : "lost", problem.message);
  }
}

async function register(photo) { // One call takes up to 500; one by one each starts as soon as it was read.
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", await photo.file.arrayBuffer()));
  const sha256 = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
  const file = { name: photo.file.name, size: photo.file.size, content_type: typeOf(photo.file), sha256 };
  const { items: [registered] } = await ask("POST", "/files", { body: { files: [file] }, headers: { "Idempotency-Key": photo.key } });
  Object.assign(photo, { id: localStorage[photo.key] = registered.file.id, signed: registered.upload });
}

async function send(photo, turn) {
  for (let attempt = 1; photo.step !== "cancelled"; attempt += 1) {
    const signed = photo.signed ?? await ask("POST", `/files/${photo.id}/upload-url`);
    delete photo.signed; // It runs out: every other attempt asks for a fresh one.
    turn("uploading");
    const status = await put(signed, photo, turn);
    if (status === 200 || status === 412) return; // 412: the bytes of an earlier attempt are there.
    if (attempt === ATTEMPTS) throw new Error(status ? `Storage answered ${status}.` : "The connection to storage broke.");
    await new Promise((resolve) => setTimeout(resolve, 250 * 2 ** attempt));
  }
}

const put = (signed, photo, turn) => new Promise((resolve) => {
  const request = photo.request = new XMLHttpRequest(); // fetch() does not tell how far an upload is.
  request.open(signed.method, signed.url);
  Object.entries(signed.headers).forEach(([name, value]) => request.setRequestHeader(name, value));
  request.upload.onprogress = ({ loaded, total }) => turn("uploading", "", loaded / total);
  request.onloadend = () => resolve(request.status);
  request.send(photo.file);
});

const forget = ({ key }) => shelf.then((kept) => { localStorage.removeItem(key); return kept.delete(key); });
