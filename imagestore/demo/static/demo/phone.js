// Photos from a phone: a QR code opens a page there that may add to this visit, and here they appear as they come.
import { ask } from "./api.js";
import { $, say } from "./book.js";
import { place } from "./page.js";

const EVERY = 1500;

async function scan() {
  const session = await ask("POST", "/sessions", { body: {} });
  const handoff = await ask("POST", `/sessions/${session.id}/handoffs`, { body: { minutes: 30 } });
  const newest = (await ask("GET", "/files?limit=1")).items[0]?.id ?? "0";
  const code = new DOMParser().parseFromString(handoff.qr_svg, "text/html").body.firstElementChild;
  $("#code").replaceChildren(document.adoptNode(code));
  $("#link").href = handoff.url;
  $("#phone").onclose = () => ask("DELETE", `/sessions/${session.id}/handoffs/${handoff.id}`).catch(say);
  $("#phone").showModal();
  while ($("#phone").open) { // One query a look; what is still uploading is shown by a later one.
    const { items } = await ask("GET", `/files?after=${newest}&limit=100`).catch((problem) => { say(problem); return { items: [] }; });
    for (const file of items) place(file, "prepend");
    await new Promise((resolve) => setTimeout(resolve, EVERY));
  }
}

$("#scan").onclick = () => scan().catch(say);
