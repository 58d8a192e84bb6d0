// Photos from a phone into the visit on another screen. The link in the address is the only right that there is.
// It works over plain HTTP too, where a page may not hash: the bytes go as a form, and are checked when they are there.
const choose = document.querySelector("#choose"), rows = document.querySelector("#rows"), said = document.querySelector("#said");
const link = `../u/${choose.dataset.token}`, AT_ONCE = 2; // Beside this page, whatever stands before both.
const TYPES = { heic: "image/heic", heif: "image/heif", avif: "image/avif", tif: "image/tiff", tiff: "image/tiff" };
const typeOf = (file) => file.type || TYPES[file.name.split(".").pop().toLowerCase()] || "unknown";
const waiting = [], ATTEMPTS = 3, A_WHILE = 30_000;
let busy = 0, there = 0;

choose.onchange = () => {
  for (const file of choose.files) {
    const photo = { file, row: rowOf(file) };
    if (file.size) waiting.push(photo);
    else refuse(photo, "This file is empty.");
  }
  choose.value = "";
  work();
};

function work() {
  while (busy < AT_ONCE && waiting.length) {
    busy += 1;
    const photo = waiting.shift();
    upload(photo).catch((problem) => fail(photo, problem)).finally(() => { busy -= 1; work(); });
  }
  const left = busy + waiting.length;
  said.textContent = left ? `${left} on the way` : there ? `${there} on the other screen. You can add more.` : "";
}

async function upload(photo) {
  const { file, row } = photo;
  row.querySelector("button").hidden = true;
  for (let attempt = 1; !photo.sent; attempt += 1) {
    tell(row, "Uploading");
    photo.form ??= await form(file);
    try {
      await post(photo.form, file, (share) => { row.querySelector("progress").value = share; });
      photo.sent = true;
    } catch (problem) {
      if (problem.refused && Date.now() < photo.form.until) throw Object.assign(problem, { final: true });
      if (problem.refused) delete photo.form; // It ran out while the phone slept: with another one then.
      if (attempt === ATTEMPTS) throw problem;
    }
  }
  tell(row, "Being checked");
  const decided = await call("POST", `${link}/files/${photo.form.file_id}/confirm`);
  row.dataset.state = decided.state;
  row.querySelector("progress").hidden = true;
  tell(row, decided.reason?.text ?? "There");
  if (decided.state === "stored") there += 1;
}

/** Each one counts as a photo of the link: asked for once, and used while it is good. */
async function form(file) {
  const asked = Date.now(), told = await call("GET", `${link}/s3/params?${new URLSearchParams({ filename: file.name, type: typeOf(file) })}`);
  return { ...told, until: asked + told.expires * 1000 };
}

function post({ url, fields }, file, progress) {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.append(name, value);
  body.append("file", file); // Storage takes the file last.
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest();
    request.open("POST", url);
    request.upload.onprogress = ({ loaded, total }) => progress(loaded / total);
    const refused = () => Object.assign(new Error(`Storage answered ${request.status}.`), { refused: request.status < 500 });
    request.onload = () => (request.status < 300 ? done() : failed(refused()));
    request.onerror = () => failed(new Error("The connection broke."));
    request.send(body);
  });
}

async function call(method, url) {
  const answer = await fetch(url, { method }).catch(() => { throw new Error("The connection broke."); });
  const told = await answer.json().catch(() => ({}));
  if (!answer.ok) throw Object.assign(new Error(told.detail ?? `The shop answered ${answer.status}.`), { final: answer.status < 500 });
  return told;
}

function rowOf(file) {
  const row = document.querySelector("#row").content.firstElementChild.cloneNode(true);
  row.querySelector(".name").textContent = file.name;
  row.querySelector("progress").ariaLabel = `Upload of ${file.name}`;
  rows.prepend(row);
  return row;
}

function fail(photo, problem) {
  photo.row.dataset.state = problem.final ? "refused" : "failed";
  tell(photo.row, problem.message);
  const again = photo.row.querySelector("button");
  again.hidden = false;
  again.ariaLabel = `Try again: ${photo.file.name}`;
  again.onclick = () => { waiting.push(photo); delete photo.row.dataset.state; work(); };
}

function refuse(photo, text) {
  photo.row.dataset.state = "refused";
  photo.row.querySelector("progress").hidden = true;
  tell(photo.row, text);
}

function tell(row, text) {
  row.querySelector(".facts").textContent = text;
}

/** What a lost connection or a sleep stopped needs no person. */
const goOn = () => document.querySelectorAll("[data-state=failed] button").forEach((again) => again.click());
window.ononline = document.onvisibilitychange = goOn;
setInterval(goOn, A_WHILE);

window.onbeforeunload = (event) => { if (busy + waiting.length) event.preventDefault(); };
