// One way to ask the server: the token on what changes something, and an answer that is surely JSON.

export class AnswerError extends Error {
  constructor(status, body) {
    super(body?.message ?? `answer ${status}`);
    this.status = status; // 0: nobody answered
    this.code = body?.error ?? "";
    this.body = body ?? null;
  }
}

const token = () => document.querySelector('meta[name="csrf-token"]')?.content ?? "";

/** The JSON answer of `url`. Throws AnswerError: status 0 without a line or within `timeout` ms, else the server's. */
export async function ask(url, { method = "GET", json, form, headers = {}, timeout = 15000, signal, keepalive } = {}) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), timeout);
  signal?.addEventListener("abort", () => stop.abort(), { once: true });
  const sent = { Accept: "application/json", ...headers };
  if (method !== "GET") sent["X-CSRF-Token"] ??= token();
  if (json !== undefined) sent["Content-Type"] = "application/json";
  let response;
  try {
    response = await fetch(url, {
      method,
      headers: sent,
      body: json !== undefined ? JSON.stringify(json) : form,
      credentials: "same-origin",
      cache: "no-store",
      redirect: "follow",
      keepalive,
      signal: stop.signal,
    });
  } catch {
    throw new AnswerError(0, null);
  } finally {
    clearTimeout(timer);
  }
  // A sign-in page or a hotel's portal answers 200 in HTML: that is not our answer.
  const isJson = (response.headers.get("Content-Type") ?? "").split(";")[0].trim().endsWith("json");
  const body = isJson ? await response.json().catch(() => null) : null;
  if (!response.ok) throw new AnswerError(response.status, body);
  if (response.status !== 204 && body === null) throw new AnswerError(0, null);
  return body;
}

export const getJson = (url, options = {}) => ask(url, options);
export const postJson = (url, json, options = {}) => ask(url, { ...options, method: "POST", json });
export const postForm = (url, form, options = {}) => ask(url, { ...options, method: "POST", form });

/** The text of a page of ours, for fragments that refresh alone. */
export async function getPage(url, { timeout = 15000 } = {}) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), timeout);
  try {
    const response = await fetch(url, { credentials: "same-origin", signal: stop.signal, headers: { Accept: "text/html" } });
    if (!response.ok) throw new AnswerError(response.status, null);
    return new DOMParser().parseFromString(await response.text(), "text/html");
  } catch (error) {
    throw error instanceof AnswerError ? error : new AnswerError(0, null);
  } finally {
    clearTimeout(timer);
  }
}
