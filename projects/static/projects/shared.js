// A shared project for people: its name and its pictures. The address is the right; programs get JSON at the same one.
const here = location.pathname.replace(/\/$/, ""), A_MOMENT = 5;
const [name, said, unlock, password, pictures, large] =
  ["name", "said", "unlock", "password", "pictures", "large"].map((id) => document.getElementById(id));
let access, shown = [], until = Infinity, renewing;

async function ask(path, body) {
  const headers = { Accept: "application/json", ...(access && { "Share-Access": access }) };
  const sent = body && { method: "POST", body: JSON.stringify(body), headers: { ...headers, "Content-Type": "application/json" } };
  const answer = await fetch(here + path, sent ?? { headers }).catch(() => { throw new Error("The connection broke. Load this page again."); });
  const told = await answer.json().catch(() => ({}));
  if (answer.status === 429 && told.retry_after <= A_MOMENT) {
    await new Promise((over) => setTimeout(over, told.retry_after * 1000));
    return ask(path, body);
  }
  if (!answer.ok) throw Object.assign(new Error(told.detail ?? `The shop answered ${answer.status}.`), { code: told.code });
  return told;
}

/** Everything, however many calls that takes: pictures stand in the order in which they are printed. */
async function load() {
  const project = await ask(""), files = { ...project.files };
  for (let cursor = project.files_cursor; cursor;) {
    const more = await ask(`/files?${new URLSearchParams({ cursor })}`);
    Object.assign(files, more.files);
    cursor = more.files_cursor;
  }
  const printed = [...project.placements].sort((one, other) => one.page - other.page).map(({ alias }) => alias);
  const aliases = [...new Set([...printed, ...Object.keys(files)])];
  const found = aliases.map((alias) => files[alias]).filter((file) => file && file.state !== "rejected");
  shown = found.filter((file) => file.thumbnail);
  until = Math.min(...shown.map((file) => Date.parse(file.expires_at)));
  return { project, waiting: found.length - shown.length };
}

async function open() {
  try {
    const { project, waiting } = await load();
    unlock.hidden = true;
    document.title = name.textContent = project.name || "A shared project";
    const number = `${shown.length} ${shown.length === 1 ? "picture" : "pictures"}`;
    say(waiting ? `${number}; ${waiting} more being prepared` : number);
    pictures.replaceChildren(...shown.map(picture));
    if (project.mode !== "view") offerCopy();
  } catch (problem) {
    if (problem.code !== "share-password-wanted") return say(problem.message, true);
    access = undefined;
    say("This project has a password.");
    unlock.hidden = false;
    password.focus();
  }
}

unlock.onsubmit = async (event) => {
  event.preventDefault();
  try {
    access = (await ask("/unlock", { password: password.value })).access;
    await open();
    name.focus();
  } catch (problem) {
    say(problem.message, true);
    password.select();
  }
};

/** The page of the demo shop, where there is one: with the visitor's own token it copies what this link opens. */
function offerCopy() {
  const copy = document.getElementById("copy"), token = here.split("/").pop();
  if (!copy) return;
  copy.querySelector("a").search = `copy=${token}`;
  copy.hidden = false;
}

function picture(file, index) {
  const row = document.getElementById("picture").content.firstElementChild.cloneNode(true), image = row.querySelector("img");
  image.alt = `Picture ${index + 1} of ${shown.length}`;
  image.onerror = renew;
  image.src = file.thumbnail;
  row.querySelector("button").onclick = async () => {
    await renew();
    const enlarged = large.querySelector("img");
    enlarged.src = shown[index].url ?? shown[index].thumbnail;
    enlarged.alt = image.alt;
    large.showModal();
  };
  return row;
}

/** Addresses of pictures are good for minutes; who looks for longer gets new ones. */
async function renew() {
  if (Date.now() < until) return;
  renewing ??= load().finally(() => { renewing = undefined; });
  await renewing.then(() => pictures.querySelectorAll("img").forEach((image, index) => { image.src = shown[index]?.thumbnail ?? ""; }), open);
}

function say(text, wrong = false) {
  said.textContent = text;
  said.toggleAttribute("data-wrong", wrong);
}

open();
