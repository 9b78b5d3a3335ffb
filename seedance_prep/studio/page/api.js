// The one door to the studio: JSON in, JSON out, errors as sentences.

export class Refused extends Error {
  constructor(message, status, told = {}) {
    super(message);
    this.status = status;
    this.told = told;
  }
}

export const GONE = "The studio does not answer.";

export async function ask(method, path, body, options = {}) {
  const headers = { "X-Studio": "1" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let answer;
  try {
    answer = await fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body), ...options });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refused(GONE, 0);
  }
  const told = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refused(told.error ?? `The studio answered ${answer.status}.`, answer.status, told);
  return told;
}

export const get = (path, options) => ask("GET", path, undefined, options);
export const post = (path, body = {}) => ask("POST", path, body);
export const patch = (path, body) => ask("PATCH", path, body);

// Send one file and tell how far it is. Resolves to {id}; `signal` stops it.
export function send(file, name, onprogress, signal) {
  return new Promise((resolve, reject) => {
    const wire = new XMLHttpRequest();
    wire.open("PUT", `/api/files?name=${encodeURIComponent(name)}`);
    wire.setRequestHeader("Content-Type", "application/octet-stream");
    wire.setRequestHeader("X-Studio", "1");
    wire.responseType = "json";
    wire.upload.onprogress = (event) => onprogress(event.loaded, event.total);
    wire.onload = () => {
      if (wire.status === 201 || wire.status === 200) resolve(wire.response ?? {});
      else reject(new Refused(wire.response?.error ?? `The studio answered ${wire.status}.`, wire.status));
    };
    wire.onerror = () => reject(new Refused("The studio stopped taking it; drop the file again.", 0));
    wire.onabort = () => reject(new Refused("Stopped.", -1));
    signal.addEventListener("abort", () => wire.abort());
    wire.send(file);
  });
}
