// The REST API as a shop's page calls it: with a token that the shop's own server signed for its customer.
let token;

export async function ask(method, path, { body, headers, again = 3 } = {}) {
  try {
    token ??= call("POST", "/demo/token").then((signed) => `Bearer ${signed.token}`);
    return await call(method, path.startsWith("/shared/") ? path : `/api/v1${path}`, { ...headers, Authorization: await token }, body);
  } catch (problem) {
    token = null; // It may have run out: once more with a new one.
    // 429: too fast. 503: a picture, say, that a task is making at this moment.
    if (!again || !([401, 429].includes(problem.status) || (method === "GET" && problem.status === 503))) throw problem;
    await new Promise((resolve) => setTimeout(resolve, 1000));
    return ask(method, path, { body, headers, again: again - 1 });
  }
}

async function call(method, url, headers, body) {
  const asked = { method, headers: { ...headers, "Content-Type": "application/json" }, body: body && JSON.stringify(body) };
  const answer = await fetch(url, asked).catch(() => { throw new Error("The shop cannot be reached."); });
  const told = await answer.json().catch(() => ({}));
  if (answer.ok) return { ...told, etag: answer.headers.get("ETag") };
  throw Object.assign(new Error(told.detail ?? `The shop answered ${answer.status}.`), told, { status: answer.status });
}
