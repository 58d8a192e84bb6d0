// A link to a book: whoever has it may look at it and make a copy, until it is revoked. And the copy, at the other end.
import { ask } from "./api.js";
import { $, book, open, say } from "./book.js";

async function share() {
  const { id } = book;
  const link = await ask("POST", `/projects/${id}/shares`, { body: { mode: "copy", label: "from the demo page" } });
  Object.assign($("#shared"), { href: link.url, textContent: link.url });
  $("#revoke").onclick = () => ask("DELETE", `/projects/${id}/shares/${link.id}`).then(() => say({ message: "The link is revoked." }), say);
  $("#sharing").showModal();
}

/** The page of a shared book leads here with its token: the copy is this visitor's own, and keeps its photos itself. */
async function copy(token) {
  history.replaceState(null, "", "/");
  const { id } = await ask("POST", `/shared/${token}/copy`, { body: {}, headers: { "Idempotency-Key": `copy-${token}` } });
  await open(id);
  say({ message: "This copy is yours now." });
}

$("#share").onclick = () => share().catch(say);
const token = new URLSearchParams(location.search).get("copy");
if (token) copy(token).catch(say);
